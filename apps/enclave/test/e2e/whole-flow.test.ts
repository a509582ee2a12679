/** The whole flow on both databases, from three read-only keys to a certificate a stranger verifies, and back to nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientError, type SecureClient, verifyCertificate, verifyLog } from '@perf-aggregator/client'
import { startSandbox, VENUE_IDS } from '@perf-aggregator/venue-sandbox'
import { openHouse, RATE_LIMIT_SCALE, Trader } from './house.ts'
import { Outsider } from './outsider.ts'
import { countRows, forEachPlace } from './place.ts'

const FILLS = 250

forEachPlace((name, open) => {
  test(`three accounts, one certificate, then nothing (${name})`, { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: FILLS, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    const outsider = new Outsider()
    {
      await using house = await openHouse(place, sandbox)
      const trader = await Trader.arrive(house, sandbox)
      const clients: SecureClient[] = []
      for (const venue of VENUE_IDS) clients.push(await trader.register(venue))
      const [first, ...others] = clients
      assert.ok(first)

      const issued = await first.requestCertificate({ include: others, wait: 60 })
      outsider.keep(issued)
      const { claims, simulated } = issued.certificate
      assert.equal(simulated, true)
      assert.deepEqual(claims.accounts.map(({ venue }) => venue).toSorted(), [...VENUE_IDS].toSorted())
      for (const { venue, collection } of claims.accounts) {
        assert.equal(collection.fills, sandbox.traders[venue as (typeof VENUE_IDS)[number]].fills().length, venue)
        assert.equal(collection.conflicts, 0)
        assert.deepEqual(collection.gaps, [])
      }
      assert.equal(claims.performance.total.fills, VENUE_IDS.length * FILLS)
      for (const { venue, complete, assets } of claims.performance.completeness) {
        assert.ok(complete, `${venue} is explained by its events`)
        for (const { residual } of assets) assert.match(residual, /^0(\.0+)?$/)
      }

      for (const client of clients) {
        const { performance, days, collection } = await client.getMetrics()
        assert.equal(collection.state, 'up_to_date')
        assert.equal(performance?.total.fills, FILLS)
        assert.equal(days.length, performance?.period.days)
        assert.equal((await client.getSummary()).headline?.fills, FILLS)
      }
      assert.equal((await first.getCertificate(issued.id)).file, issued.file)

      await verifyCertificate(issued.file, { allowSimulator: true, measurements: [house.release] })
      const { vkeys } = claims.log
      const visited = await verifyLog(house.url, { keys: vkeys, entries: true })
      assert.equal(visited.entriesRead, 1)
      await outsider.look(house)
      assert.equal((await outsider.visit(house)).size, 1)

      for (const [at, client] of clients.entries()) {
        const { revoked, purged } = await client.revoke()
        assert.equal(revoked, true)
        assert.equal(purged.credentials, 1)
        assert.ok(purged.events >= FILLS)
        assert.equal(purged.certificates, at === 0 ? 1 : 0)
        await refused(client.getSummary(), 410, 'session_revoked')
        await refused(client.getMetrics(), 410, 'session_revoked')
        await refused(client.requestCertificate({ wait: 0 }), 410, 'session_revoked')
        await refused(client.revoke(), 410, 'session_revoked')
      }
      await refused(first.getCertificate(issued.id), 410, 'certificate_withdrawn')
      await verifyCertificate(issued.file, { allowSimulator: true, measurements: [house.release] })
      await verifyLog(house.url, { keys: vkeys, entries: true, carried: visited.checkpoint })
    }
    const left = await place.asOwner(countRows)
    assert.deepEqual(
      [left['credentials'], left['collections'], left['events'], left['sessions'], left['merkle_leaves']],
      [0, 0, 0, VENUE_IDS.length, 1],
      JSON.stringify(left),
    )
    const kept = await place.asOwner(async (owner) =>
      owner.selectFrom('aggregates').select(['certificate', 'draft']).execute(),
    )
    assert.deepEqual(kept, [{ certificate: null, draft: null }])
  })
})

async function refused(attempt: Promise<unknown>, status: number, code: string): Promise<void> {
  await assert.rejects(
    attempt,
    (error) => error instanceof ClientError && error.status === status && error.code === code,
  )
}
