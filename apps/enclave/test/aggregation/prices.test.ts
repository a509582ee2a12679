import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DailyClose } from '@perf-aggregator/performance'
import { type PriceQuestion, Prices } from '../../src/aggregation/prices.ts'
import type { Collector } from '../../src/ports/collector.ts'
import { TestClock } from '../clock.ts'

/** A FAKE source of closes: what each venue lists, and every question it was asked. */
function venues(listed: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = []
  const dailyCloses: Collector['dailyCloses'] = async (venue, markets, from, to) => {
    asked.push(...markets.map((market) => `${venue} ${market} ${from} ${to}`))
    return markets.filter((market) => listed[venue]?.includes(market)).map((market) => close(market, from))
  }
  return { asked, collector: { dailyCloses } as Pick<Collector, 'dailyCloses'> as Collector }
}

function close(market: string, day: string): DailyClose {
  const [base = '', quote = ''] = market.split('/')
  return { market, base, quote, day, close: '1' }
}

const question = (changes: Partial<PriceQuestion>): PriceQuestion => ({
  assets: new Set(['BTC']),
  reportingCurrency: 'USD',
  venues: ['binance'],
  from: '2026-01-01',
  to: '2026-01-31',
  ...changes,
})

const marketsOf = (closes: readonly DailyClose[]): string[] =>
  [...new Set(closes.map(({ market }) => market))].toSorted()

test("an asset's own market is asked first, and then nothing else", async () => {
  const { asked, collector } = venues({ kraken: ['BTC/USD'] })
  const closes = await new Prices(collector, new TestClock()).closes(question({ venues: ['kraken'] }))
  assert.deepEqual(marketsOf(closes), ['BTC/USD'])
  assert.ok(asked.every((one) => one.startsWith('kraken ')))
})

test('without a direct market a bridge is found, and the bridge itself is priced where somebody lists it', async () => {
  const { collector } = venues({ binance: ['BTC/USDT'], kraken: ['USDT/USD'] })
  const closes = await new Prices(collector, new TestClock()).closes(question({}))
  assert.deepEqual(marketsOf(closes), ['BTC/USDT', 'USDT/USD'])
})

test('a market listed the other way round serves', async () => {
  const { collector } = venues({ kraken: ['USD/BTC'] })
  assert.deepEqual(marketsOf(await new Prices(collector, new TestClock()).closes(question({}))), ['USD/BTC'])
})

test('the reporting currency needs no price', async () => {
  const { asked, collector } = venues({})
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: new Set(['USD']) }))
  assert.deepEqual([closes, asked], [[], []])
})

test('an asset nobody lists is asked for everywhere and left without a price', async () => {
  const { asked, collector } = venues({})
  const closes = await new Prices(collector, new TestClock()).closes(question({ assets: new Set(['DUST']) }))
  assert.deepEqual(closes, [])
  for (const venue of ['binance', 'coinbase', 'kraken'])
    assert.ok(asked.some((one) => one.startsWith(`${venue} DUST/`)))
})

test('days that are over are asked for once; the running day again after a minute', async () => {
  const clock = new TestClock()
  const { asked, collector } = venues({ kraken: ['BTC/USD'] })
  const prices = new Prices(collector, clock)
  const ask = async (to: string): Promise<number> => {
    asked.length = 0
    await prices.closes(question({ venues: ['kraken'], to }))
    return asked.length
  }
  assert.ok((await ask('2026-01-31')) > 0)
  assert.equal(await ask('2026-01-31'), 0)
  assert.equal(await ask('2026-01-30'), 0, 'what is held covers a shorter question')
  clock.advance(60_001)
  assert.ok((await ask('2026-01-31')) > 0)
  assert.ok((await ask('2026-02-01')) > 0, 'a new day is new')
})
