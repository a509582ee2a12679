/** What must hold for every history. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atMoneyScale } from '../src/decimal/arithmetic.ts'
import { parseDecimal } from '../src/decimal/parse.ts'
import { compareEvents } from '../src/fills/order.ts'
import {
  type AccountEvent,
  addDecimals,
  FifoBook,
  type Figure,
  LiveBook,
  type Match,
  type Measurement,
  measure,
  subtractDecimals,
  type TradeFigures,
} from '../src/index.ts'
import { marksOf } from '../src/nav/marks.ts'
import { Pegs } from '../src/nav/pegs.ts'
import { PriceBook } from '../src/nav/price-book.ts'
import { CLOSES, DAYS, deliveries, history } from './histories.ts'
import { ACCOUNT, balances, endOf, FIRST_DAY, VENUE } from './notation.ts'
import { fc, holds } from './property.ts'

function pricesOf(events: readonly AccountEvent[]): PriceBook {
  return new PriceBook(marksOf(CLOSES, events), 'USDT', new Pegs([]), FIRST_DAY, FIRST_DAY + DAYS - 1)
}

/** Every number of a book, as text. */
function bytes(book: FifoBook): string {
  const everything = {
    tallies: book.tallies().toSorted((a, b) => (a.market < b.market ? -1 : 1)),
    shortfalls: book.shortfalls(),
    positions: [...book.positions()],
    income: book.otherIncome,
    withdrawn: book.withdrawnGain,
  }
  return JSON.stringify(everything, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function measured(events: readonly AccountEvent[]): Measurement {
  return measure({
    accounts: [{ account: ACCOUNT, venue: VENUE, events, closing: balances('1 ETH', endOf(DAYS)) }],
    closes: CLOSES,
    reportingCurrency: 'USDT',
    until: endOf(DAYS),
  })
}

test('in any chunks, with any duplicates, late or in time: the live book is the full recompute, byte for byte', () => {
  const cases = history.chain((events) => fc.tuple(fc.constant(events), deliveries(events)))
  holds(
    cases,
    ([events, chunks]) => {
      const prices = pricesOf([...events].sort(compareEvents))
      const full = new FifoBook(prices)
      for (const event of [...events].sort(compareEvents)) full.apply(event)
      const live = new LiveBook(prices)
      let booked = 0
      for (const chunk of chunks) booked += live.take(chunk).booked
      assert.equal(booked, events.length)
      assert.equal(bytes(live.book), bytes(full))
    },
    150,
  )
})

test('the same events in another order, or twice, measure the same', () => {
  const cases = history.chain((events) => fc.tuple(fc.constant(events), deliveries(events)))
  holds(cases, ([events, chunks]) => {
    const stream = chunks.flat()
    const { performance, days } = measured(stream)
    assert.equal(performance.notes.duplicates, stream.length - events.length)
    const once = measured(events)
    assert.deepEqual({ ...performance, notes: { ...performance.notes, duplicates: 0 } }, once.performance)
    assert.deepEqual(days, once.days)
  })
})

test('no value appears: closing − opening − flows = realised + unrealised + income + withdrawn gain, exactly', () => {
  holds(
    history,
    (events) => {
      const { performance } = measured(events)
      const { total } = performance
      const earned = [total.realisedPnl, total.unrealisedPnl, performance.otherIncome, performance.withdrawnGain]
      assert.equal(
        subtractDecimals(
          subtractDecimals(value(performance.closing), value(performance.opening)),
          value(performance.netFlows),
        ),
        addDecimals(...earned.map(value)),
      )
    },
    300,
  )
})

test('the markets sum to the total', () => {
  holds(history, (events) => {
    const { markets, total } = measured(events).performance
    for (const name of ['realisedPnl', 'fees', 'volume'] as const) {
      assert.equal(addDecimals(...markets.map((market) => value(market[name]))), value(total[name]), name)
    }
    const sum = (of: (figures: TradeFigures) => number): number =>
      markets.reduce((running, market) => running + of(market), 0)
    assert.equal(
      sum(({ fills }) => fills),
      total.fills,
    )
    for (const view of ['lotMatches', 'roundTrips'] as const) {
      for (const name of ['count', 'winners', 'losers', 'breakEven'] as const) {
        assert.equal(
          sum((figures) => figures[view][name]),
          total[view][name],
          `${view} ${name}`,
        )
      }
    }
  })
})

test('what is held is what came in less what went out and what was missing', () => {
  holds(history, (events) => {
    const book = new FifoBook(pricesOf(events))
    for (const event of [...events].sort(compareEvents)) book.apply(event)
    for (const { asset, quantity, scale, lots } of book.positions()) {
      const moved = events.flatMap((event) => movements(event, asset))
      const missing = book.shortfalls().filter((shortfall) => shortfall.asset === asset)
      const expected = addDecimals(...moved, ...missing.map((shortfall) => shortfall.quantity))
      assert.equal(atMoneyScale({ coefficient: quantity, scale }), atMoneyScale(parseDecimal(expected)), asset)
      assert.equal(
        lots.reduce((sum, lot) => sum + lot.quantity, 0n),
        quantity,
      )
    }
  })
})

test('matches slice cost and proceeds without a rest: they sum to what was realised', () => {
  holds(history, (events) => {
    const matches: Match[] = []
    const spotOnly = events.filter((event) => event.kind === 'fill' && event.base !== 'USDT')
    const book = new FifoBook(pricesOf(events), (match) => matches.push(match))
    for (const event of spotOnly.sort(compareEvents)) book.apply(event)
    const gains = matches.map(({ proceeds, cost }) => subtractDecimals(proceeds, cost))
    const realised = book.tallies().reduce((sum, tally) => sum + tally.realised, 0n)
    assert.equal(atMoneyScale(parseDecimal(addDecimals(...gains))), realised)
    assert.equal(bytes(book), bytes(unwatched(events, spotOnly)))
  })
})

test('the lot matches of a market are the pieces its fills closed, each with its slice', () => {
  holds(history, (events) => {
    const matches: Match[] = []
    const book = new FifoBook(pricesOf(events), (match) => matches.push(match))
    for (const event of events) {
      if (event.kind !== 'fill' || event.market !== 'ETH/USDT' || event.execution === 'reversal') continue
      if (event.fees.every(({ asset }) => asset !== 'BNB')) book.apply(event)
    }
    const gains = matches
      .filter(({ origin }) => origin !== 'unattributed')
      .map(({ proceeds, cost }) => atMoneyScale(parseDecimal(subtractDecimals(proceeds, cost))))
    const sum = (some: readonly bigint[]): bigint => some.reduce((total, gain) => total + gain, 0n)
    const won = gains.filter((gain) => gain > 0n)
    const lost = gains.filter((gain) => gain < 0n)
    const [tally] = book.tallies()
    const counted = tally?.lotMatches
    assert.deepEqual(
      [counted?.winners ?? 0, counted?.losers ?? 0, counted?.count ?? 0],
      [won.length, lost.length, gains.length],
    )
    assert.deepEqual([counted?.won ?? 0n, counted?.lost ?? 0n], [sum(won), sum(lost)])
    assert.equal(counted?.largestWin ?? 0n, won.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n)
  })
})

test('a checkpoint is untouched by what is booked after it', () => {
  holds(history, (events) => {
    const book = new FifoBook(pricesOf(events))
    const half = events.length >> 1
    for (const event of events.slice(0, half)) book.apply(event)
    const checkpoint = book.checkpoint()
    const before = bytes(book)
    for (const event of events.slice(half)) book.apply(event)
    const after = bytes(book)
    book.restore(checkpoint)
    assert.equal(bytes(book), before)
    for (const event of events.slice(half)) book.apply(event)
    assert.equal(bytes(book), after)
    book.restore(checkpoint)
    assert.equal(bytes(book), before)
  })
})

test('a late event is booked in its place across checkpoints', () => {
  const at = (index: number): number => endOf(1) + index
  const fills = Array.from({ length: 2500 }, (_, index): AccountEvent => {
    const side = index % 3 === 2 ? 'sell' : 'buy'
    return {
      kind: 'fill',
      account: ACCOUNT,
      venue: VENUE,
      product: 'spot',
      market: 'ETH/USDT',
      base: 'ETH',
      quote: 'USDT',
      tradeId: String(index),
      orderId: '1',
      at: at(index),
      side,
      quantity: `${1 + (index % 7)}`,
      price: `${1000 + ((index * 37) % 101)}`,
      fees: [{ asset: 'ETH', amount: '0.001' }],
      execution: 'trade',
    }
  })
  const prices = pricesOf([])
  const full = new FifoBook(prices)
  for (const fill of fills) full.apply(fill)
  const live = new LiveBook(prices)
  const late = [3, 999, 1000, 1700, 2498]
  live.take(fills.filter((_, index) => !late.includes(index)))
  for (const index of late) {
    assert.deepEqual(live.take([fills[index]!, fills[0]!]), { booked: 1, duplicates: 1, late: 1 })
  }
  assert.equal(bytes(live.book), bytes(full))
})

test('a delivery with an unreadable event changes nothing', () => {
  const prices = pricesOf([])
  const live = new LiveBook(prices)
  const [good] = fc.sample(history, { seed: 5, numRuns: 1 })[0]!
  live.take([])
  const before = bytes(live.book)
  const bad = { ...good!, at: -1 } as AccountEvent
  assert.throws(() => live.take([good!, bad]))
  assert.equal(bytes(live.book), before)
  assert.deepEqual(live.take([good!]).booked, 1)
})

function unwatched(events: readonly AccountEvent[], booked: readonly AccountEvent[]): FifoBook {
  const book = new FifoBook(pricesOf(events))
  for (const event of booked) book.apply(event)
  return book
}

/** An undefined sum counts as nothing: there were no fills. */
function value(figure: Figure): string {
  if (figure.value === null) assert.equal(figure.reason, 'no_fills')
  return figure.value ?? '0'
}

/** What one event does to a balance, written down a second time for this test. */
function movements(event: AccountEvent, asset: string): string[] {
  const reversed = event.kind === 'fill' && event.execution === 'reversal'
  const minus = (amount: string): string => subtractDecimals('0', amount)
  if (event.kind === 'flow') {
    const moved = event.direction === 'in' ? event.amount : minus(event.amount)
    return [...(event.asset === asset ? [moved] : []), ...(event.fee?.asset === asset ? [minus(event.fee.amount)] : [])]
  }
  const quote = event.quoteQuantity ?? multiply(event.quantity, event.price)
  const buy = reversed ? event.side === 'sell' : event.side === 'buy'
  return [
    ...(event.base === asset ? [buy ? event.quantity : minus(event.quantity)] : []),
    ...(event.quote === asset ? [buy ? minus(quote) : quote] : []),
    ...event.fees.filter((fee) => fee.asset === asset).map(({ amount }) => (reversed ? amount : minus(amount))),
  ]
}

function multiply(a: string, b: string): string {
  const eight = (text: string): bigint => BigInt(text.replace('.', ''))
  const digits = (eight(a) * eight(b)).toString().padStart(17, '0')
  return `${digits.slice(0, -16)}.${digits.slice(-16)}`
}
