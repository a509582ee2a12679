import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DailyClose, measure } from '@perf-aggregator/performance'
import { type PriceQuestion, Prices } from '../../src/aggregation/prices.ts'
import type { Collector } from '../../src/ports/collector.ts'
import type { VenueId } from '../../src/ports/venue.ts'
import { TestClock } from '../clock.ts'

/** First to last, both inclusive. */
type Span = readonly [string, string]

/**
 * A FAKE source of closes: on which days each venue trades what, at a price that names the venue, and every question it
 * was asked for a market it lists. Only such a question costs a request.
 */
function venues(listed: Readonly<Partial<Record<VenueId, Readonly<Record<string, readonly Span[]>>>>>) {
  const asked: string[] = []
  const dailyCloses: Collector['dailyCloses'] = async (venue, markets, from, to) => {
    const closes: DailyClose[] = []
    for (const market of markets) {
      const spans = listed[venue]?.[market]
      if (spans === undefined) continue
      asked.push(`${venue} ${market} ${from} ${to}`)
      const [base = '', quote = ''] = market.split('/')
      for (const day of daysOf(from, to)) {
        if (spans.some(([first, last]) => first <= day && day <= last)) {
          closes.push({ market, base, quote, day, close: PRICES[venue] })
        }
      }
    }
    return closes
  }
  return { asked, collector: { dailyCloses } as Pick<Collector, 'dailyCloses'> as Collector }
}

const PRICES: Readonly<Record<VenueId, string>> = { binance: '2', coinbase: '3', kraken: '5' }

function daysOf(from: string, to: string): string[] {
  const first = Date.parse(from)
  const count = (Date.parse(to) - first) / 86_400_000 + 1
  return Array.from({ length: count }, (_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10))
}

const ALWAYS: readonly Span[] = [['2025-01-01', '2026-12-31']]

const held = (...assets: readonly string[]): ReadonlyMap<string, string> =>
  new Map(assets.map((asset) => [asset, '2026-01-01']))

const question = (changes: Partial<PriceQuestion>): PriceQuestion => ({
  assets: held('BTC'),
  reportingCurrency: 'USD',
  venues: ['binance'],
  to: '2026-01-05',
  ...changes,
})

/** `market day price`, in order. */
const told = (closes: readonly DailyClose[]): string[] =>
  closes.map(({ market, day, close }) => `${market} ${day.slice(-2)} ${close}`).toSorted()

const marketsOf = (closes: readonly DailyClose[]): string[] =>
  [...new Set(closes.map(({ market }) => market))].toSorted()

test("an asset's own market is asked first, and then nothing else", async () => {
  const { asked, collector } = venues({ kraken: { 'BTC/USD': ALWAYS }, coinbase: { 'BTC/USD': ALWAYS } })
  const closes = await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  assert.deepEqual(marketsOf(closes), ['BTC/USD'])
  assert.equal(closes.length, 5)
  assert.deepEqual(asked, ['kraken BTC/USD 2026-01-01 2026-01-05'])
})

test('days that one venue lacks are those of the next, which is asked for no other days', async () => {
  const { asked, collector } = venues({
    kraken: { 'BTC/USD': [['2026-01-02', '2026-01-03']] },
    binance: { 'BTC/USD': [['2026-01-04', '2026-01-04']] },
    coinbase: { 'BTC/USD': ALWAYS },
  })
  const closes = await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  assert.deepEqual(told(closes), ['BTC/USD 01 3', 'BTC/USD 02 5', 'BTC/USD 03 5', 'BTC/USD 04 2', 'BTC/USD 05 3'])
  assert.deepEqual(asked, [
    'kraken BTC/USD 2026-01-01 2026-01-05',
    'binance BTC/USD 2026-01-01 2026-01-05',
    'coinbase BTC/USD 2026-01-01 2026-01-05',
  ])
})

test('an account whose venue shows two closes of five is valued every day, each day at one price', async () => {
  const { collector } = venues({
    kraken: { 'BTC/USD': [['2026-01-01', '2026-01-02']] },
    coinbase: { 'BTC/USD': ALWAYS },
  })
  const closes = await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  const deposit = { kind: 'flow', flow: 'deposit', direction: 'in', id: '1', asset: 'BTC', amount: '100' } as const
  const account = { account: 'one', venue: 'kraken' }
  const until = Date.UTC(2026, 0, 5, 23) * 1000
  const { performance, days } = measure({
    accounts: [
      {
        ...account,
        events: [{ ...deposit, ...account, at: Date.UTC(2026, 0, 1, 1) * 1000 }],
        closing: { account: 'one', at: until, balances: [{ asset: 'BTC', total: '100' }] },
      },
    ],
    closes,
    reportingCurrency: 'USD',
    until,
  })
  assert.deepEqual([performance.notes.unpricedDays, performance.notes.stalePriceDays], [0, 0])
  assert.deepEqual(
    days.map(({ nav }) => nav.value),
    ['500', '500', '300', '300', '300'],
  )
})

test('where only the last days are missing, only they are asked for', async () => {
  const { asked, collector } = venues({
    kraken: { 'BTC/USD': [['2026-01-01', '2026-01-03']] },
    coinbase: { 'BTC/USD': ALWAYS },
  })
  await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  assert.deepEqual(asked, ['kraken BTC/USD 2026-01-01 2026-01-05', 'coinbase BTC/USD 2026-01-04 2026-01-05'])
})

test('days that a direct market lacks are filled through a bridge at the same venue before another is asked', async () => {
  const { collector } = venues({
    kraken: { 'BTC/USD': [['2026-01-01', '2026-01-02']], 'BTC/USDT': ALWAYS, 'USDT/USD': ALWAYS },
    coinbase: { 'BTC/USD': ALWAYS },
  })
  const closes = await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  const days = (market: string): string[] => told(closes).filter((one) => one.startsWith(market))
  assert.deepEqual(days('BTC/USD '), ['BTC/USD 01 5', 'BTC/USD 02 5'])
  assert.deepEqual(days('BTC/USDT '), ['BTC/USDT 03 5', 'BTC/USDT 04 5', 'BTC/USDT 05 5'])
  assert.deepEqual(days('USDT/USD '), ['USDT/USD 03 5', 'USDT/USD 04 5', 'USDT/USD 05 5'])
})

test('a bridge is priced day by day too, and a day on which it has no price is asked for elsewhere', async () => {
  const { collector } = venues({
    binance: { 'SOL/USDT': ALWAYS },
    coinbase: { 'USDT/USD': [['2026-01-01', '2026-01-01']], 'SOL/USD': [['2026-01-05', '2026-01-05']] },
    kraken: { 'USDT/USD': [['2026-01-01', '2026-01-03']], 'SOL/USD': ALWAYS },
  })
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: held('SOL') }))
  const days = (market: string): string[] => told(closes).filter((one) => one.startsWith(market))
  assert.deepEqual(days('USDT/USD'), ['USDT/USD 01 3', 'USDT/USD 02 5', 'USDT/USD 03 5'])
  assert.deepEqual(days('SOL/USD '), ['SOL/USD 04 5', 'SOL/USD 05 3'])
})

test('of one market and day there is one close, whichever assets it was asked for', async () => {
  const listed = { 'ETH/BTC': ALWAYS, 'BTC/USD': [['2026-01-01', '2026-01-02']] as const, 'ETH/USD': [] }
  const { collector } = venues({ binance: listed, coinbase: listed, kraken: { ...listed, 'BTC/USD': ALWAYS } })
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: held('ETH', 'BTC') }))
  const days = closes.map(({ market, day }) => `${market} ${day}`)
  assert.deepEqual(days.toSorted(), [...new Set(days)].toSorted())
  assert.ok(closes.filter(({ market }) => market === 'ETH/BTC').every(({ close }) => close === PRICES.binance))
})

test('which venue is first does not hang on the order in which accounts are named', async () => {
  const { collector } = venues({ kraken: { 'BTC/USD': ALWAYS }, coinbase: { 'BTC/USD': ALWAYS } })
  const [one, other] = await Promise.all(
    [['kraken', 'coinbase'] as const, ['coinbase', 'kraken'] as const].map(
      async (named) => await new Prices(collector, new TestClock()).closes(question({ venues: named })),
    ),
  )
  assert.deepEqual(one, other)
})

test('no venue is asked for the days before an asset was first there', async () => {
  const { asked, collector } = venues({
    kraken: { 'BTC/USD': ALWAYS, 'NEW/USD': [['2026-01-03', '2026-01-05']] },
    coinbase: { 'NEW/USD': ALWAYS },
  })
  const assets = new Map([...held('BTC'), ['NEW', '2026-01-04']])
  await new Prices(collector, new TestClock()).closes(question({ assets, venues: ['kraken'] }))
  assert.deepEqual(asked, ['kraken BTC/USD 2026-01-01 2026-01-05', 'kraken NEW/USD 2026-01-04 2026-01-05'])
})

test('without a direct market a bridge is found, and the bridge itself is priced where somebody lists it', async () => {
  const { collector } = venues({ binance: { 'BTC/USDT': ALWAYS }, kraken: { 'USDT/USD': ALWAYS } })
  const closes = await new Prices(collector, new TestClock()).closes(question({}))
  assert.deepEqual(marketsOf(closes), ['BTC/USDT', 'USDT/USD'])
})

test('a market listed the other way round serves', async () => {
  const { collector } = venues({ kraken: { 'USD/BTC': ALWAYS } })
  assert.deepEqual(marketsOf(await new Prices(collector, new TestClock()).closes(question({}))), ['USD/BTC'])
})

test('the reporting currency needs no price', async () => {
  const { asked, collector } = venues({ kraken: { 'USD/USDT': ALWAYS, 'USDT/USD': ALWAYS } })
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: held('USD') }))
  assert.deepEqual([closes, asked], [[], []])
})

test('an asset that nobody trades is asked for everywhere and left without a price', async () => {
  const listed = { 'DUST/USD': [] }
  const { asked, collector } = venues({ binance: listed, coinbase: listed, kraken: listed })
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: held('DUST') }))
  assert.deepEqual(closes, [])
  assert.equal(asked.length, 3)
})

test('days that are over are asked for once; the running day again after a minute', async () => {
  const clock = new TestClock(Date.UTC(2026, 0, 5, 12))
  const { asked, collector } = venues({
    kraken: { 'BTC/USD': [['2026-01-02', '2026-01-31']] },
    coinbase: { 'BTC/USD': ALWAYS },
  })
  const prices = new Prices(collector, clock)
  const ask = async (to: string): Promise<string[]> => {
    asked.length = 0
    await prices.closes(question({ venues: ['kraken'], to }))
    return [...asked]
  }
  assert.equal((await ask('2026-01-05')).length, 2)
  assert.deepEqual(await ask('2026-01-05'), [])
  assert.deepEqual(await ask('2026-01-04'), [], 'what is held covers a shorter question')
  clock.advance(60_001)
  assert.deepEqual(await ask('2026-01-05'), ['kraken BTC/USD 2026-01-01 2026-01-05'], 'the first day is over')
  clock.advance(86_400_000)
  assert.deepEqual(await ask('2026-01-06'), ['kraken BTC/USD 2026-01-01 2026-01-06'], 'a new day is new')
})

test('the last close of a day is asked for once more when that day is over, and never again', async () => {
  const clock = new TestClock(Date.UTC(2026, 0, 5, 23, 59, 30))
  const { asked, collector } = venues({ kraken: { 'BTC/USD': ALWAYS } })
  const prices = new Prices(collector, clock)
  const ask = async (): Promise<number> => {
    asked.length = 0
    await prices.closes(question({ venues: ['kraken'] }))
    return asked.length
  }
  assert.equal(await ask(), 1)
  clock.advance(120_000)
  assert.equal(await ask(), 1)
  clock.advance(86_400_000)
  assert.equal(await ask(), 0)
})

test('questions about different days of one market do not drive each other out', async () => {
  const { asked, collector } = venues({ kraken: { 'BTC/USD': ALWAYS } })
  const prices = new Prices(collector, new TestClock())
  const ask = async (from: string, to: string): Promise<number> => {
    asked.length = 0
    await prices.closes(question({ assets: new Map([['BTC', from]]), to, venues: ['kraken'] }))
    return asked.length
  }
  assert.equal(await ask('2026-01-01', '2026-01-05'), 1)
  assert.equal(await ask('2026-02-01', '2026-02-05'), 1)
  assert.equal(await ask('2026-01-01', '2026-01-05'), 0)
  assert.equal(await ask('2026-02-01', '2026-02-05'), 0)
})

test('what others asked before changes no price', async () => {
  const listed = {
    kraken: { 'ADA/EUR': ALWAYS, 'ADA/USDC': ALWAYS },
    binance: { 'USDC/USDT': ALWAYS },
    coinbase: { 'EUR/USDT': ALWAYS },
  }
  const shared = { reportingCurrency: 'USDT', venues: ['kraken'] } as const
  const asked = question({ ...shared, assets: new Map([...held('EUR', 'USDC'), ['ADA', '2026-01-04']]) })
  const alone = await new Prices(venues(listed).collector, new TestClock()).closes(asked)
  assert.ok(told(alone).includes('EUR/USDT 01 3'))

  const prices = new Prices(venues(listed).collector, new TestClock())
  await prices.closes(question({ ...shared, assets: held('ADA') }))
  assert.deepEqual(told(await prices.closes(asked)), told(alone))
})
