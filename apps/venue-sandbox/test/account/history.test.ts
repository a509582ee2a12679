import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Account } from '../../src/account/account.ts'
import { flowChange, legs } from '../../src/account/events.ts'
import { inventHistory } from '../../src/account/history.ts'
import { binanceProfile } from '../../src/binance/profile.ts'
import { coinbaseProfile } from '../../src/coinbase/profile.ts'
import { krakenProfile } from '../../src/kraken/profile.ts'
import { marketName } from '../../src/market/market.ts'
import { DAY_MS } from '../../src/market/price-path.ts'

const PROFILES = [binanceProfile, coinbaseProfile, krakenProfile]
const END = Date.UTC(2026, 5, 1)

function invent(seed: string, profile = binanceProfile, fills = 150) {
  return inventHistory({ seed, profile, endsAt: END, days: 200, fills })
}

/** Balances recomputed from the history alone, by hand. */
function recompute(seed: string, profile = binanceProfile): { totals: Map<string, bigint>; lowest: bigint } {
  const { account } = invent(seed, profile).trader
  const totals = new Map<string, bigint>()
  let lowest = 0n
  const add = (asset: string, change: bigint): void => {
    totals.set(asset, (totals.get(asset) ?? 0n) + change)
  }
  const events = [...account.fills, ...account.flows].sort((a, b) => a.sequence - b.sequence)
  for (const event of events) {
    if ('direction' in event) {
      add(event.asset, flowChange(event))
    } else {
      const sign = event.side === 'buy' ? 1n : -1n
      add(event.market.base, sign * event.quantity)
      add(event.market.quote, -sign * event.cost)
      add(event.feeAsset, -event.fee)
    }
    for (const total of totals.values()) if (total < lowest) lowest = total
  }
  return { totals, lowest }
}

test('deposits − withdrawals ± fills − fees = balances, never negative, for every seed and venue', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom(...PROFILES), (seed, profile) => {
      const { totals, lowest } = recompute(seed, profile)
      const { account } = invent(seed, profile).trader
      assert.equal(lowest, 0n)
      for (const { asset, total } of account.balances()) assert.equal(totals.get(asset) ?? 0n, total, asset)
      assert.equal(account.fills.length, 150)
    }),
    { numRuns: 30 },
  )
})

test('the same seed gives the same history, another seed another', () => {
  const print = (seed: string): unknown =>
    invent(seed).trader.account.fills.map((fill) => [fill.tradeId, fill.at, fill.price, fill.quantity, fill.fee])
  assert.deepEqual(print('a'), print('a'))
  assert.notDeepEqual(print('a'), print('b'))
})

test('trade ids of a market grow with time and repeat across markets, as on Binance', () => {
  const { fills } = invent('ids', binanceProfile, 1000).trader.account
  const last = new Map<string, number>()
  const markets = new Map<string, Set<string>>()
  for (const { market, tradeId } of fills) {
    const name = marketName(market)
    assert.ok(Number(tradeId) > (last.get(name) ?? 0))
    last.set(name, Number(tradeId))
    markets.set(tradeId, (markets.get(tradeId) ?? new Set()).add(name))
  }
  assert.ok([...markets.values()].some((names) => names.size > 1))
})

test('now and then a whole position is closed that was not only deposited, and withdrawals still find their coins', () => {
  for (const profile of PROFILES) {
    const { account } = invent('closing', profile, profile.fills).trader
    const { closed, bought } = closings(account)
    assert.ok(closed.length >= 5, `${profile.venue} closed ${closed.length} positions`)
    assert.ok(closed.length < account.fills.length / 10, profile.venue)
    for (const base of closed) assert.ok(bought.has(base) && base !== profile.feeToken, base)
    const withdrawals = profile.flows.filter(({ direction, status }) => direction === 'out' && status === undefined)
    const done = account.flows.filter(({ direction, status }) => direction === 'out' && status === 'done')
    assert.equal(done.length, withdrawals.length)
  }
})

/** The base of every sale that left at most a hundredth of what was ever held since the last such sale. */
function closings({ fills, flows }: Account): { closed: string[]; bought: Set<string> } {
  const held = new Map<string, bigint>()
  const peak = new Map<string, bigint>()
  const bought = new Set<string>()
  const closed: string[] = []
  const add = (asset: string, change: bigint): void => {
    const total = (held.get(asset) ?? 0n) + change
    held.set(asset, total)
    if (total > (peak.get(asset) ?? 0n)) peak.set(asset, total)
  }
  for (const event of [...fills, ...flows].sort((a, b) => a.sequence - b.sequence)) {
    if ('direction' in event) add(event.asset, flowChange(event))
    else {
      const { base } = event.market
      for (const { asset, change } of legs(event)) add(asset, change)
      if (event.side === 'buy') bought.add(base)
      const most = peak.get(base) ?? 0n
      if (event.side === 'sell' && (held.get(base) ?? 0n) <= most / 100n && most > 0n) {
        closed.push(base)
        peak.set(base, 0n)
      }
    }
  }
  return { closed, bought }
}

test('many fills share a millisecond, and all kinds of fee occur', () => {
  const { fills } = invent('kinds', binanceProfile, 1500).trader.account
  const perMs = new Map<number, number>()
  for (const { at } of fills) perMs.set(at, (perMs.get(at) ?? 0) + 1)
  const sharing = [...perMs.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0)
  assert.ok(sharing > fills.length / 4)
  const kinds = new Set(
    fills.map(({ feeAsset, market }) =>
      feeAsset === market.base ? 'base' : feeAsset === market.quote ? 'quote' : 'third',
    ),
  )
  assert.deepEqual(kinds, new Set(['base', 'quote', 'third']))
})

test('every fill lies within the candle of its day, every close is the next open', () => {
  for (const profile of PROFILES) {
    const { trader, board } = invent('candles', profile, 300)
    const candle = (market: (typeof profile.markets)[number], day: number) =>
      board.candle(market, day, [], END + DAY_MS)
    for (const { market, at, price } of trader.account.fills) {
      const day = Math.floor(at / 1000 / DAY_MS)
      const { high, low, close } = candle(market, day)
      const slack = (high * 2n) / 1000n
      assert.ok(price <= high + slack && price >= low - slack, marketName(market))
      assert.equal(candle(market, day + 1).open, close)
    }
  }
})

test('an account of more than ten thousand fills can be invented', () => {
  assert.equal(invent('big', binanceProfile, 12_000).trader.account.fills.length, 12_000)
})
