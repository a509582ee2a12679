/**
 * Accounts that trade while they are read, on venues that page as they please, show fills late and deliver some of them
 * again: every fill exactly once, and nothing left unexplained.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSandbox, VENUE_IDS } from '@perf-aggregator/venue-sandbox'
import { openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { onServer } from './place.ts'

const CASES = [
  { pageSize: 1, fills: 12 },
  { pageSize: 7, fills: 120 },
  { pageSize: 100, fills: 400 },
  { pageSize: 1_000, fills: 2_100 },
] as const

const ROUNDS = 8
const PER_ROUND = 3
/** Every third round's fills are shown this much later, behind newer ones. */
const LATE = 400

onServer((open) => {
  suite('live trading', { concurrency: 2 }, () => {
    for (const { pageSize, fills } of CASES) {
      test(`pages of ${pageSize}, overlapping and repeated`, { timeout: 300_000 }, async (t) => {
        const sandbox = await startSandbox({ fillsPerAccount: fills, pageSize, rateLimitScale: RATE_LIMIT_SCALE })
        t.after(() => sandbox.stop())
        await using house = await openHouse(await open(t), sandbox)
        const trader = await Trader.arrive(house, sandbox)
        const clients = await Promise.all(VENUE_IDS.map(async (venue) => await trader.register(venue)))
        for (const venue of VENUE_IDS) {
          sandbox.misbehave(venue, { kind: 'overlap', rows: 3, percent: 50 })
          sandbox.misbehave(venue, { kind: 'repeat', percent: 30 })
        }
        for (let round = 0; round < ROUNDS; round += 1) {
          for (const venue of VENUE_IDS) {
            sandbox.traders[venue].trade(PER_ROUND, round % 3 === 1 ? { visibleAfterMs: LATE } : {})
            if (round % 4 === 2) sandbox.traders[venue].move({ direction: 'in', asset: 'BTC', amount: '0.01' })
          }
          await sleep(80)
        }

        const expected = fills + ROUNDS * PER_ROUND
        for (const [at, venue] of VENUE_IDS.entries()) {
          const client = clients[at] ?? assert.fail()
          assert.equal(sandbox.traders[venue].fills().length, expected)
          const { collection } = await summaryWhen(
            client,
            (seen) => seen.state === 'up_to_date' && seen.fills >= expected,
          )
          assert.deepEqual([venue, collection.fills, collection.conflicts], [venue, expected, 0])
          assert.deepEqual(collection.gaps, [])
        }
        const [first, ...include] = clients
        const issued = (await first?.requestCertificate({ include })) ?? assert.fail()
        const { total, completeness, notes } = issued.certificate.claims.performance
        assert.deepEqual([total.fills, notes.duplicates], [VENUE_IDS.length * expected, 0])
        for (const { venue, complete, assets } of completeness) {
          assert.ok(complete, `${venue} is explained by its events`)
          for (const { asset, residual } of assets) assert.match(residual, /^0(\.0+)?$/, `${venue} ${asset}`)
        }
        for (const { collection } of issued.certificate.claims.accounts) {
          assert.equal(collection.streams.caught_up, collection.streams.total)
        }
        const again = issued.certificate.claims.accounts.map(({ collection }) => collection.duplicates)
        t.diagnostic(`delivered again: ${again.join(', ')}`)
        assert.ok(
          again.some((count) => count > 0),
          'nothing was delivered twice: the faults did not strike',
        )
      })
    }
  })
})
