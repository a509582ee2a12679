import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fill } from '@perf-aggregator/performance'
import fc from 'fast-check'
import type { FillsCursor } from '../../../../src/collector/venues/binance/fills.ts'
import { advance, FILLS_START, readFillsCursor } from '../../../../src/collector/venues/binance/fills.ts'
import { sweepAfter, watchedSymbols } from '../../../../src/collector/venues/binance/markets.ts'
import { refusal } from '../../../refusal.ts'

const fill = (tradeId: bigint, at: number): Fill => ({
  kind: 'fill',
  account: 'a',
  venue: 'binance',
  product: 'spot',
  market: 'A/B',
  base: 'A',
  quote: 'B',
  tradeId: String(tradeId),
  orderId: '1',
  at,
  side: 'buy',
  quantity: '1',
  price: '1',
  fees: [],
  execution: 'trade',
})

/** Ids ascend with gaps, beyond what a number holds; times repeat. */
const histories = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(0, 0, 1_000, 90_000_000, 700_000_000)), {
    maxLength: 80,
  })
  .map((steps) => {
    let id = 9_007_199_254_740_990n
    let at = 1_700_000_000_000_000
    return steps.map(([gap, pause]) => fill((id += BigInt(gap)), (at += pause)))
  })

function look(history: readonly Fill[], pageSize: number, cursor: FillsCursor, got: Map<string, Fill>): FillsCursor {
  let position = cursor
  for (;;) {
    const page = history.filter(({ tradeId }) => BigInt(tradeId) >= BigInt(position.at)).slice(0, pageSize)
    for (const one of page) got.set(one.tradeId, one)
    // Through storage, as JSON.
    const { next, more } = advance(position, page)
    position = readFillsCursor(JSON.parse(JSON.stringify(next)) as Record<string, string | number>)
    if (!more) return position
  }
}

test('every fill is found at any page size, fills of the same millisecond included', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 1000 }), (history, pageSize) => {
      const got = new Map<string, Fill>()
      look(history, pageSize, FILLS_START, got)
      assert.equal(got.size, history.length)
    }),
  )
})

test('a fill that appears late, within ten minutes of trading, is found by the next look', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 20 }), fc.nat(79), (history, pageSize, at) => {
      const late = history[at]
      const newest = history.at(-1)
      fc.pre(late !== undefined && newest !== undefined && newest.at - late.at < 600_000_000)
      const got = new Map<string, Fill>()
      const cursor = look(
        history.filter((one) => one !== late),
        pageSize,
        FILLS_START,
        got,
      )
      look(history, pageSize, cursor, got)
      assert.equal(got.size, history.length)
    }),
  )
})

test('a page with nothing from where it was asked is the end', () => {
  const cursor = { ...FILLS_START, at: '100', known: '100' }
  assert.equal(advance(cursor, [fill(98n, 5), fill(99n, 6)]).more, false)
  assert.equal(advance(cursor, [fill(100n, 7)]).more, true)
})

test('an ill-formed cursor is refused', () => {
  assert.throws(() => readFillsCursor({ at: 1 }), refusal('storage_altered'))
})

const MARKETS = new Map(
  ['BTC/USDT', 'ETH/USDT', 'ETH/BTC', 'PEPE/USDT', 'PEPE/TRY', 'AAA/BBB'].map((name) => {
    const [base = '', quote = ''] = name.split('/')
    return [base + quote, { symbol: base + quote, base, quote }]
  }),
)

test('a market is watched when it was named, found, or both its assets touched the account', () => {
  const watched = (named: readonly string[], assets: readonly string[], found: readonly string[]): readonly string[] =>
    watchedSymbols(MARKETS, named, new Set(assets), new Set(found))
  assert.deepEqual(watched([], [], []), [])
  assert.deepEqual(watched([], ['USDT'], []), ['BTCUSDT', 'ETHUSDT'])
  assert.deepEqual(watched([], ['PEPE'], []), ['PEPEUSDT', 'PEPETRY'])
  assert.deepEqual(watched(['AAA/BBB', 'eth-btc', 'NO/SUCH'], [], []), ['ETHBTC', 'AAABBB'])
  assert.deepEqual(watched([], [], ['AAABBB']), ['AAABBB'])
})

test('the sweep visits every market that is not watched, in a fixed order', () => {
  assert.deepEqual(sweepAfter(MARKETS, new Set(['ETHBTC']), ''), [
    'AAABBB',
    'BTCUSDT',
    'ETHUSDT',
    'PEPETRY',
    'PEPEUSDT',
  ])
  assert.deepEqual(sweepAfter(MARKETS, new Set(), 'ETHUSDT'), ['PEPETRY', 'PEPEUSDT'])
})
