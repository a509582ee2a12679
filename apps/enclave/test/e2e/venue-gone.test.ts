/** Venues on their bad days: a session says so, catches up by itself, and counts what happened meanwhile exactly once. */
import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { SecureClient } from '@perf-aggregator/client'
import { type Fault, type Sandbox, startSandbox, VENUE_IDS, type VenueId } from '@perf-aggregator/venue-sandbox'
import { openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { type OpenPlace, onServer } from './place.ts'

const FILLS = 40
const NEW_FILLS = 7
const OPTIONS = { fillsPerAccount: FILLS, rateLimitScale: RATE_LIMIT_SCALE }

/** What each venue does at the same time; the whole wave must be survived by every session on its own. */
const WAVES: readonly Readonly<Record<VenueId, Fault>>[] = [
  {
    binance: { kind: 'status', status: 503 },
    coinbase: { kind: 'truncate' },
    kraken: { kind: 'status', status: 429, retryAfter: 1 },
  },
  {
    binance: { kind: 'status', status: 418, retryAfter: 1 },
    coinbase: { kind: 'wrong_json' },
    kraken: { kind: 'reset' },
  },
]

onServer((open) => {
  suite('venues on their bad days', { concurrency: true }, () => {
    for (const wave of WAVES) {
      const name = VENUE_IDS.map((venue) => wave[venue].kind).join(', ')
      test(`${name}: unavailable, then complete`, { timeout: 300_000 }, async (t) => {
        const sandbox = await startSandbox(OPTIONS)
        t.after(() => sandbox.stop())
        const { clients, house } = await settled(t, open, sandbox)
        await using _ = house
        for (const venue of VENUE_IDS) sandbox.misbehave(venue, wave[venue])
        for (const venue of VENUE_IDS) sandbox.traders[venue].trade(NEW_FILLS)
        await unavailable(clients)
        for (const venue of VENUE_IDS) sandbox.behave(venue)
        await caughtUp(clients, FILLS + NEW_FILLS)
      })
    }

    test('nobody listens: unavailable, then complete', { timeout: 300_000 }, async (t) => {
      const before = await startSandbox(OPTIONS)
      const port = (url: string): number => Number(new URL(url).port)
      const ports = {
        control: port(before.discoveryUrl),
        binance: port(before.venues.binance.url),
        coinbase: port(before.venues.coinbase.url),
        kraken: port(before.venues.kraken.url),
      }
      const { clients, house } = await settled(t, open, before)
      await using _ = house
      await before.stop()
      await unavailable(clients)
      // The same accounts at the same addresses: everything invented follows from the seed.
      const sandbox = await startSandbox({ ...OPTIONS, ports })
      t.after(() => sandbox.stop())
      for (const venue of VENUE_IDS) sandbox.traders[venue].trade(NEW_FILLS)
      await caughtUp(clients, FILLS + NEW_FILLS)
    })

    test('a slow venue is waited for; a key revoked there is refused, and one restored collects on', async (t) => {
      const sandbox = await startSandbox(OPTIONS)
      t.after(() => sandbox.stop())
      const { clients, house } = await settled(t, open, sandbox)
      await using _ = house
      for (const venue of VENUE_IDS) {
        sandbox.misbehave(venue, { kind: 'slow', ms: 700, times: 3 })
        sandbox.traders[venue].trade(NEW_FILLS)
      }
      await caughtUp(clients, FILLS + NEW_FILLS)
      for (const venue of VENUE_IDS) sandbox.revokeKey(venue, sandbox.credentials[venue].readOnly.apiKey)
      await Promise.all(
        clients.map(async (client) => {
          const { collection } = await summaryWhen(client, ({ state }) => state === 'key_refused')
          assert.equal(collection.last_error, 'venue_refused_key')
          await assert.rejects(client.requestCertificate({ wait: 0 }), { code: 'collection_incomplete', status: 409 })
        }),
      )
      for (const venue of VENUE_IDS) {
        sandbox.behave(venue)
        sandbox.traders[venue].trade(NEW_FILLS)
      }
      await caughtUp(clients, FILLS + 2 * NEW_FILLS)
    })
  })
})

/** A house in which one account per venue is up to date. */
async function settled(t: TestContext, open: OpenPlace, sandbox: Sandbox) {
  const house = await openHouse(await open(t), sandbox)
  const trader = await Trader.arrive(house, sandbox)
  const clients = await Promise.all(VENUE_IDS.map(async (venue) => await trader.register(venue)))
  for (const client of clients) await summaryWhen(client, ({ state }) => state === 'up_to_date')
  return { house, clients }
}

async function unavailable(clients: readonly SecureClient[]): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      const { collection } = await summaryWhen(client, ({ state }) => state === 'venue_unavailable')
      assert.equal(collection.last_error, 'venue_unavailable')
      assert.ok(collection.fills >= FILLS, 'what was collected stays')
    }),
  )
}

async function caughtUp(clients: readonly SecureClient[], fills: number): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      const caught = await summaryWhen(client, (seen) => seen.state === 'up_to_date' && seen.fills >= fills)
      assert.deepEqual(
        [caught.collection.fills, caught.collection.conflicts, caught.collection.last_error],
        [fills, 0, null],
      )
    }),
  )
  const [first, ...include] = clients
  const issued = await first?.requestCertificate({ include })
  const { completeness } = issued?.certificate.claims.performance ?? assert.fail('no certificate')
  for (const { venue, complete } of completeness) assert.ok(complete, `${venue} is explained by its events`)
}
