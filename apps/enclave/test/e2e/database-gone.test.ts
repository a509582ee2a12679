/** The PostgreSQL server stopped under a running enclave, and started again: nothing has to be restarted by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnclaveConnection } from '@perf-aggregator/client'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { openServerDatabase } from '../database.ts'
import { eventually, openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { type Place, temporaryFolder } from './place.ts'
import { killCollector } from './served.ts'

const FILLS = 2_000
const VENUE = 'binance'

test('the database goes and comes back under a collection', { timeout: 300_000 }, async (t) => {
  const { server, url, asOwner } = await openServerDatabase(t)
  const place: Place = { name: 'postgresql', dataDirectory: await temporaryFolder(), databaseUrl: url, asOwner }
  const sandbox = await startSandbox({
    fillsPerAccount: { binance: FILLS, coinbase: 1, kraken: 1 },
    pageSize: { binance: 20 },
    rateLimitScale: RATE_LIMIT_SCALE,
  })
  t.after(() => sandbox.stop())
  await using house = await openHouse(place, sandbox)
  const client = await (await Trader.arrive(house, sandbox)).register(VENUE)
  await summaryWhen(client, ({ fills }) => fills >= 100)
  assert.equal((await ask(house.url, '/readyz')).status, 200)

  await server.stop()
  assert.deepEqual(await ask(house.url, '/healthz'), { status: 200, body: { status: 'ok' }, retryAfter: null })
  const ready = await ask(house.url, '/readyz')
  assert.equal(ready.status, 503)
  const { checks } = ready.body as { checks: Record<string, string> }
  assert.equal(checks['database'], 'storage_unavailable')
  assert.equal(checks['collector'], 'ok')
  assert.equal(checks['attestation'], 'ok')
  for (const path of [`/enclave/summary/${client.sessionId}`, '/log/checkpoint', `/certificates/${'A'.repeat(43)}`]) {
    const { status, body, retryAfter } = await ask(house.url, path)
    assert.deepEqual([status, (body as { code: string }).code], [503, 'storage_unavailable'], path)
    assert.match(retryAfter ?? '', /^\d+$/)
  }
  const connection = new EnclaveConnection({
    enclaveUrl: house.url,
    allowSimulator: true,
    measurements: [house.release],
  })
  await connection.attest()
  sandbox.traders[VENUE].trade(50)

  // The collector dies while the database is gone: its new keys cannot be written down, so nothing is attested…
  await killCollector()
  await eventually('no attestation to keys that are gone', async () => {
    const { status, body } = await ask(house.url, '/attestation/quote')
    return status === 503 && (body as { code: string }).code === 'collector_unavailable'
  })

  await server.start()
  // …until it is back.
  await eventually('ready again', async () => (await ask(house.url, '/readyz')).status === 200)
  const { binding } = await eventually('attested again', async () => await connection.attest())
  assert.ok(binding.keyEpoch > 1)
  const { collection } = await summaryWhen(client, ({ state, fills }) => state === 'up_to_date' && fills > FILLS)
  assert.deepEqual([collection.fills, collection.conflicts], [FILLS + 50, 0])
  const { certificate } = await client.requestCertificate()
  assert.ok(certificate.claims.performance.completeness.every(({ complete }) => complete))
})

async function ask(
  url: string,
  path: string,
): Promise<{ readonly status: number; readonly body: unknown; readonly retryAfter: string | null }> {
  const response = await fetch(url + path)
  const text = await response.text()
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : text
  return { status: response.status, body, retryAfter: response.headers.get('retry-after') }
}
