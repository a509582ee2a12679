/** What the collector promises of every venue (B1 to B3), on local venues that speak the real protocols and misbehave. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDecimals, subtractDecimals } from '@perf-aggregator/performance'
import type { Fault } from '@perf-aggregator/venue-sandbox'
import type { EnclaveErrorCode } from '../../../src/errors.ts'
import type { VenueId } from '../../../src/ports/venue.ts'
import { refusal } from '../../refusal.ts'
import type { Collected, LocalVenues } from './local-venues.ts'
import { attach, collect, fillsOf, flowsOf, nothingCollected, startLocalVenues } from './local-venues.ts'

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']

/** Runs `task` on fresh venues with a session attached, whatever becomes of it. */
async function onVenue(
  venue: VenueId,
  options: Parameters<typeof startLocalVenues>[0],
  task: (local: LocalVenues) => Promise<void>,
): Promise<void> {
  const local = await startLocalVenues(options)
  try {
    attach(local, 'session', venue)
    await task(local)
  } finally {
    await local.stop()
  }
}

function assertEveryFillOnce(local: LocalVenues, venue: VenueId, collected: Collected): void {
  const wanted = local.sandbox.traders[venue].fills()
  const fills = fillsOf(collected)
  assert.equal(fills.size, wanted.length)
  const places = (list: readonly { readonly market: string; readonly at: number }[]): readonly string[] =>
    list.map(({ market, at }) => `${market} ${at}`).toSorted()
  assert.deepEqual(places([...fills.values()]), places(wanted))
  // Coinbase's identity is the entry, which the sandbox does not tell.
  if (venue === 'coinbase') return
  for (const { market, tradeId } of wanted) assert.ok(fills.has(`${market} ${tradeId}`), `${market} ${tradeId}`)
}

/** Opening (nothing) + fills + flows = balance, per asset: nothing missing, nothing twice, nothing mis-signed, nothing rounded. */
function assertBalancesExplained(local: LocalVenues, venue: VenueId, collected: Collected): void {
  const totals = new Map<string, string>()
  const move = (asset: string, amount: string, sign: 1 | -1): void => {
    const total = totals.get(asset) ?? '0'
    totals.set(asset, sign === 1 ? addDecimals(total, amount) : subtractDecimals(total, amount))
  }
  for (const flow of flowsOf(collected).values()) {
    move(flow.asset, flow.amount, flow.direction === 'in' ? 1 : -1)
    if (flow.fee !== undefined) move(flow.fee.asset, flow.fee.amount, -1)
  }
  for (const fill of fillsOf(collected).values()) {
    const sign = (fill.side === 'buy') === (fill.execution !== 'reversal') ? 1 : -1
    move(fill.base, fill.quantity, sign)
    const cost = fill.quoteQuantity ?? multiplied(fill.quantity, fill.price)
    move(fill.quote, cost, sign === 1 ? -1 : 1)
    for (const { asset, amount } of fill.fees) move(asset, amount, fill.execution === 'reversal' ? 1 : -1)
  }
  const held = local.sandbox.traders[venue].balances()
  for (const asset of new Set([...totals.keys(), ...Object.keys(held)])) {
    assert.equal(subtractDecimals(totals.get(asset) ?? '0', held[asset] ?? '0'), '0', `${venue} ${asset}`)
  }
}

function multiplied(quantity: string, price: string): string {
  const scale = (text: string): number => (text.split('.')[1] ?? '').length
  const product = BigInt(quantity.replace('.', '')) * BigInt(price.replace('.', ''))
  const decimals = scale(quantity) + scale(price)
  const digits = product.toString().padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

for (const venue of VENUES) {
  for (const pageSize of [1, 2, 7, 49, 50, 1_000]) {
    const fills = pageSize < 10 ? 60 : 400
    test(`${venue}: every fill once, balances explained, pages of ${pageSize}`, async () => {
      await onVenue(venue, { pageSize, fillsPerAccount: fills }, async (local) => {
        const collected = await collect(local, 'session', venue)
        assertEveryFillOnce(local, venue, collected)
        assertBalancesExplained(local, venue, collected)
      })
    })
  }

  test(`${venue}: what happens later is found from the cursors, late fills and corrections included`, async () => {
    await onVenue(venue, { fillsPerAccount: 120, pageSize: 10 }, async (local) => {
      const trader = local.sandbox.traders[venue]
      const collected = await collect(local, 'session', venue)
      const late = trader.trade(3, { visibleAfterMs: 1_500 })
      trader.trade(25)
      trader.move({ direction: 'in', asset: venue === 'binance' ? 'USDT' : 'USD', amount: '123.45' })
      await collect(local, 'session', venue, collected)
      assert.equal(fillsOf(collected).size, 120 + 25, 'late fills are not shown yet')
      await new Promise((resolve) => setTimeout(resolve, 1_600))
      if (venue === 'coinbase') trader.correctLast()
      await collect(local, 'session', venue, collected)
      for (const { market, tradeId } of venue === 'coinbase' ? [] : late) {
        assert.ok(fillsOf(collected).has(`${market} ${tradeId}`), 'a late fill')
      }
      assertEveryFillOnce(local, venue, collected)
      assertBalancesExplained(local, venue, collected)
    })
  })

  test(`${venue}: going on from any cursor after a restart loses nothing`, async () => {
    await onVenue(venue, { fillsPerAccount: 90, pageSize: 10 }, async (local) => {
      const collected = nothingCollected()
      const client = local.clients[venue]
      // Attached anew before every page: nothing but the cursor is remembered.
      attach(local, 'session', venue)
      const streams = await local.tenants.run('session', async () => await client.streams({ symbols: [] }))
      for (const stream of streams) {
        for (let more = true; more; ) {
          const cursor = collected.cursors.get(stream) ?? null
          const page = await local.tenants.run('session', async () => await client.page('account', stream, cursor))
          collected.events.push(...page.events)
          collected.cursors.set(stream, JSON.parse(JSON.stringify(page.cursor)) as typeof page.cursor)
          more = page.more
        }
        attach(local, 'session', venue)
      }
      assertEveryFillOnce(local, venue, collected)
      assertBalancesExplained(local, venue, collected)
    })
  })

  const survived: readonly (readonly [string, Fault])[] = [
    ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: 2, times: 2 }],
    ['503', { kind: 'status', status: 503, times: 3 }],
    ['500', { kind: 'status', status: 500, times: 3 }],
    ['truncated answers', { kind: 'truncate', times: 3 }],
    ['closed connections', { kind: 'reset', times: 3 }],
    ['pages that are not JSON', { kind: 'wrong_json', times: 3 }],
    ['overlapping pages', { kind: 'overlap', rows: 4 }],
    ['repeated rows', { kind: 'repeat' }],
    ['a fifth of all requests fails', { kind: 'status', status: 502, percent: 20 }],
    ['slow answers', { kind: 'slow', ms: 20, times: 5 }],
    ['a clock ten minutes ahead', { kind: 'clock_skew', ms: 600_000 }],
    ['a clock ten minutes behind', { kind: 'clock_skew', ms: -600_000 }],
  ]
  for (const [name, fault] of survived) {
    test(`${venue}: survives ${name}`, async () => {
      await onVenue(venue, { fillsPerAccount: 80, pageSize: 10 }, async (local) => {
        local.sandbox.misbehave(venue, fault)
        const collected = await collect(local, 'session', venue)
        assertEveryFillOnce(local, venue, collected)
        assertBalancesExplained(local, venue, collected)
      })
    })
  }

  const refused: readonly (readonly [string, Fault, EnclaveErrorCode])[] = [
    ['down for long', { kind: 'status', status: 503 }, 'venue_unavailable'],
    ['unreachable', { kind: 'reset' }, 'venue_unavailable'],
    ['talking something else', { kind: 'wrong_json' }, 'venue_unavailable'],
    ['refusing the key', { kind: 'status', status: 401 }, 'venue_refused_key'],
  ]
  for (const [name, fault, code] of refused) {
    test(`${venue}: ${name} is ${code}`, async () => {
      await onVenue(venue, { fillsPerAccount: 10 }, async (local) => {
        await local.tenants.run('session', async () => await local.clients[venue].checkKey())
        local.sandbox.misbehave(venue, fault)
        await assert.rejects(
          local.tenants.run('session', async () => await local.clients[venue].balances()),
          refusal(code),
        )
        local.sandbox.behave(venue)
        await local.tenants.run('session', async () => await local.clients[venue].balances())
      })
    })
  }

  test(`${venue}: only a key that can merely read is read-only`, async () => {
    await onVenue(venue, { fillsPerAccount: 10 }, async (local) => {
      const { readOnly, trading, withdrawing } = local.sandbox.credentials[venue]
      for (const [credential, wanted] of [
        [readOnly, true],
        [trading, false],
        [withdrawing, false],
      ] as const) {
        attach(local, 'session', venue, credential)
        const report = await local.tenants.run('session', async () => await local.clients[venue].checkKey())
        assert.equal(report.readOnly, wanted)
        assert.equal(report.excess.length === 0, wanted)
      }
    })
  })

  test(`${venue}: the account is the same under every key of it`, async () => {
    await onVenue(venue, { fillsPerAccount: 10 }, async (local) => {
      const { readOnly, trading } = local.sandbox.credentials[venue]
      const uid = async (credential: typeof readOnly): Promise<string> => {
        attach(local, 'session', venue, credential)
        const report = await local.tenants.run('session', async () => await local.clients[venue].checkKey())
        return report.accountUid
      }
      assert.equal(await uid(readOnly), await uid(trading))
    })
  })

  test(`${venue}: a revoked key is refused, an altered secret too`, async () => {
    await onVenue(venue, { fillsPerAccount: 10 }, async (local) => {
      const { readOnly, trading } = local.sandbox.credentials[venue]
      const check = async (): Promise<unknown> =>
        await local.tenants.run('session', async () => await local.clients[venue].checkKey())
      attach(local, 'session', venue, { apiKey: readOnly.apiKey, apiSecret: trading.apiSecret })
      await assert.rejects(check(), refusal('venue_refused_key'))
      attach(local, 'session', venue, readOnly)
      await check()
      local.sandbox.revokeKey(venue, readOnly.apiKey)
      await assert.rejects(check(), refusal('venue_refused_key'))
    })
  })
}

// Kraken names no pause: its counter is kept by pacing, and backing off.
for (const venue of ['binance', 'coinbase'] as const) {
  test(`${venue}: a long pause the venue asks for is handed on, and kept by everybody`, async () => {
    await onVenue(venue, { fillsPerAccount: 10 }, async (local) => {
      const balances = async (): Promise<unknown> =>
        await local.tenants.run('session', async () => await local.clients[venue].balances())
      await balances()
      local.sandbox.misbehave(venue, { kind: 'status', status: 429, retryAfter: 120, times: 1 })
      const wantsPause = (error: unknown): boolean =>
        refusal('venue_unavailable')(error) && (error as { retryAfterSeconds?: number }).retryAfterSeconds === 120
      await assert.rejects(balances(), wantsPause)
      local.sandbox.resetRequests(venue)
      await assert.rejects(balances(), refusal('venue_unavailable'))
      assert.deepEqual(local.sandbox.requests(venue), {}, 'nothing was sent while the venue wants rest')
    })
  })
}

test('coinbase: Ed25519 keys sign too', async () => {
  await onVenue('coinbase', { fillsPerAccount: 20 }, async (local) => {
    const { readOnlyEd25519 } = local.sandbox.credentials.coinbase
    assert.ok(readOnlyEd25519)
    attach(local, 'session', 'coinbase', readOnlyEd25519)
    assertEveryFillOnce(local, 'coinbase', await collect(local, 'session', 'coinbase'))
  })
})
