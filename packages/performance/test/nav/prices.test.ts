import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMoney } from '../../src/decimal/format.ts'
import { type AccountEvent, type Fill, PerformanceError } from '../../src/index.ts'
import { marksOf } from '../../src/nav/marks.ts'
import { Pegs } from '../../src/nav/pegs.ts'
import { PriceBook } from '../../src/nav/price-book.ts'
import { events, FIRST_DAY, prices } from '../notation.ts'

function book(
  closes: string,
  currency: string,
  options: { fills?: string; pegs?: [string, string][] } = {},
): PriceBook {
  const list: AccountEvent[] = options.fills === undefined ? [] : events(options.fills)
  const pegs = new Pegs((options.pegs ?? []).map(([asset, equals]) => ({ asset, equals })))
  return new PriceBook(marksOf(prices(closes), list), currency, pegs, FIRST_DAY, FIRST_DAY + 9)
}

/** `price quality`, or `none`, on the nth day. */
function price(of: PriceBook, asset: string, day = 1): string {
  const found = of.find(asset, FIRST_DAY + day - 1)
  return found === null ? 'none' : `${formatMoney(found.price)} ${found.quality}`
}

test('the reporting currency and what is pegged to it are worth one, both ways round', () => {
  const usd = book('', 'USD', {
    pegs: [
      ['USDT', 'USD'],
      ['USDC', 'USDT'],
    ],
  })
  const usdt = book('', 'USDT', { pegs: [['USDT', 'USD']] })
  for (const asset of ['USD', 'USDT', 'USDC']) assert.equal(price(usd, asset), '1 close')
  assert.equal(price(usdt, 'USD'), '1 close')
  assert.equal(price(usdt, 'USDC'), 'none')
})

test('a price is found directly, inversely, and through one or two assets, not three', () => {
  const prices = book(
    `BTC/USD 50000
     USD/JPY 160
     ETH/BTC 0.05
     XRP/ETH 0.0002
     DUST/XRP 0.001`,
    'USD',
  )
  assert.equal(price(prices, 'BTC'), '50000 close')
  assert.equal(price(prices, 'JPY'), '0.00625 close')
  assert.equal(price(prices, 'ETH'), '2500 close')
  assert.equal(price(prices, 'XRP'), '0.5 close')
  assert.equal(price(prices, 'DUST'), 'none')
})

test('a path of several markets is rounded once, at its end', () => {
  const prices = book(
    `USD/EUR 3
     ETH/EUR 6`,
    'USD',
  )
  assert.equal(price(prices, 'ETH'), '2 close')
  assert.equal(price(prices, 'EUR'), '0.333333333333333333 close')
})

test('a peg is not a market on the path', () => {
  const prices = book(
    `XRP/ETH 0.0002
     ETH/BTC 0.05
     BTC/USDT 50000`,
    'USD',
    { pegs: [['USDT', 'USD']] },
  )
  assert.equal(price(prices, 'XRP'), '0.5 close')
})

test('the shortest path counts; among equals the first by name, whatever the order of the closes', () => {
  const lines = ['ETH/BTC 0.05', 'BTC/USD 50000', 'ETH/EUR 2000', 'EUR/USD 1.1']
  for (const order of [lines, lines.toReversed()]) {
    assert.equal(price(book(order.join('\n'), 'USD'), 'ETH'), '2500 close')
    assert.equal(price(book([...order, 'ETH/USD 2400'].join('\n'), 'USD'), 'ETH'), '2400 close')
  }
})

test('closes of several venues count as their lower median', () => {
  const closes = prices('ETH/USD 2000').flatMap((close) =>
    ['2010', '1990', '5000', '2000'].map((text) => ({ ...close, close: text })),
  )
  for (const order of [closes, closes.toReversed()]) {
    const found = new PriceBook(marksOf(order, []), 'USD', new Pegs([]), FIRST_DAY, FIRST_DAY)
    assert.equal(price(found, 'ETH'), '2000 close')
  }
})

test('without a close: the last fill of the day, then the day before, then nothing', () => {
  const fills = `buy 1 ETH/USD at 2000
                 buy 1 ETH/USD at 2100
                 day 4
                 buy 1 ETH/USD at 2400`
  const prices = book('ETH/USD - 2222 - - ', 'USD', { fills })
  assert.equal(price(prices, 'ETH', 1), '2100 fill')
  assert.equal(price(prices, 'ETH', 2), '2222 close')
  assert.equal(price(prices, 'ETH', 3), '2222 stale')
  assert.equal(price(prices, 'ETH', 4), '2400 fill')
  assert.equal(price(prices, 'ETH', 5), '2400 stale')
  assert.equal(price(prices, 'ETH', 6), 'none')
})

test('dust and reversals make no price', () => {
  for (const execution of ['dust', 'reversal'] as const) {
    const [fill] = events('buy 1 ETH/USD at 2000')
    const marks = marksOf([], [{ ...(fill as Fill), execution }])
    assert.equal(marks.get(FIRST_DAY), undefined, execution)
  }
})

test('a close counts before a fill of the same day', () => {
  assert.equal(price(book('ETH/USD 2222', 'USD', { fills: 'buy 1 ETH/USD at 9999' }), 'ETH'), '2222 close')
})

test('a flow without a price on its day takes the next one, else the last one', () => {
  const prices = book('ETH/USD - - - 2000 - - 3000 - - -', 'USD')
  const flowPrice = (day: number): string => formatMoney(prices.flowPriceOf('ETH', FIRST_DAY + day - 1) ?? 0n)
  assert.deepEqual([1, 4, 5, 6, 7, 8, 9].map(flowPrice), ['2000', '2000', '2000', '3000', '3000', '3000', '3000'])
  assert.equal(prices.flowPriceOf('NONE', FIRST_DAY), null)
})

test('what is no price, no day or no peg is refused', () => {
  const [close] = prices('ETH/USD 1')
  const code = (expected: string) => (error: unknown) => error instanceof PerformanceError && error.code === expected
  assert.throws(() => marksOf([{ ...close!, close: '0' }], []), code('amount_not_positive'))
  assert.throws(() => marksOf([{ ...close!, close: '-1' }], []), code('amount_not_positive'))
  for (const day of ['2024-2-1', '2024-02-31', '2024-02-01T00:00:00Z', '']) {
    assert.throws(() => marksOf([{ ...close!, day }], []), code('day_invalid'), day)
  }
  assert.throws(
    () =>
      book('', 'USD', {
        pegs: [
          ['USDT', 'USD'],
          ['USD', 'USDT'],
        ],
      }),
    code('pegs_invalid'),
  )
})
