/** The collector child killed from outside: what was under way, what comes after, and who notices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CryptoHelper, EnclaveConnection } from '@perf-aggregator/client'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { eventually, openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { countRows, onServer } from './place.ts'
import { killCollector } from './served.ts'

const FILLS = 3_000
const VENUE = 'binance'

onServer((open) => {
  test('collection goes on by itself in a new child', { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({
      fillsPerAccount: { binance: FILLS, coinbase: 1, kraken: 1 },
      pageSize: { binance: 10 },
      rateLimitScale: RATE_LIMIT_SCALE,
    })
    t.after(() => sandbox.stop())
    await using house = await openHouse(place, sandbox)
    const client = await (await Trader.arrive(house, sandbox)).register(VENUE)
    for (const moment of [100, 1_500]) {
      const { collection } = await summaryWhen(client, ({ fills }) => fills >= moment)
      assert.notEqual(collection.state, 'up_to_date')
      await killCollector()
    }
    const { collection } = await summaryWhen(client, ({ state }) => state === 'up_to_date')
    assert.deepEqual([collection.fills, collection.conflicts, collection.last_error], [FILLS, 0, null])
    const opened = await place.asOwner(async (owner) => ({
      epochs: await owner.selectFrom('key_epochs').select('epoch').execute(),
      again: await owner.selectFrom('ops_logs').where('subject', '=', 'collector_restart').select('outcome').execute(),
    }))
    assert.equal(opened.epochs.length, 3)
    assert.deepEqual(opened.again, [{ outcome: 'ok' }, { outcome: 'ok' }])
  })

  test('a submission under way is refused with 503 and leaves nothing; the next one goes through', async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 30, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    await using house = await openHouse(place, sandbox)
    const trader = await Trader.arrive(house, sandbox)
    sandbox.misbehave(VENUE, { kind: 'slow', ms: 5_000, path: '/sapi', times: 1 })
    const client = trader.client(VENUE)
    const underWay = client.register()
    underWay.catch(() => undefined)
    await eventually('the venue is asked', async () => sandbox.requests(VENUE)['GET /sapi/v1/account/apiRestrictions'])
    await killCollector()
    await assert.rejects(underWay, { code: 'collector_unavailable', status: 503, retryAfterSeconds: 1 })
    assert.equal((await place.asOwner(countRows))['sessions'], 0)
    await client.register()
    await summaryWhen(client, ({ state }) => state === 'up_to_date')
  })

  test('who sealed to the keys of before is refused, and a client seals again by itself', async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 30, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    await using house = await openHouse(place, sandbox)
    const trust = { allowSimulator: true, measurements: [house.release] }

    const old = await new EnclaveConnection({ enclaveUrl: house.url, ...trust }).attest()
    const { apiKey, apiSecret } = sandbox.credentials[VENUE].readOnly
    const credentials = { exchange: VENUE, apiKey, apiSecret } as const
    const body = await CryptoHelper.encryptCredentials(credentials, old, { label: 'old', ttl: 600 })
    await replaceCollector(house.url)
    const response = await fetch(`${house.url}/enclave/submit_key`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [400, 'decryption_failed'])

    // Between its quote and its submission the collector dies: the client must not need to be told.
    const asked: string[] = []
    const unlucky: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      asked.push(`${new URL(answer.url).pathname} ${answer.status}`)
      if (asked.length === 1) await replaceCollector(house.url)
      return answer
    }
    const trader = await Trader.arrive(house, sandbox)
    const { keyEpoch } = await trader.client(VENUE, { fetch: unlucky }).register()
    const [quote, submit] = ['/attestation/quote', '/enclave/submit_key']
    assert.deepEqual(asked, [`${quote} 200`, `${submit} 400`, `${quote} 200`, `${submit} 201`])
    assert.equal(await keyEpochOf(house.url), keyEpoch)
  })
})

/** Kills the collector and returns when the next one's keys are attested. */
async function replaceCollector(url: string): Promise<void> {
  const before = await keyEpochOf(url)
  await killCollector()
  await eventually('the next key epoch', async () => ((await keyEpochOf(url)) ?? before) !== before)
}

async function keyEpochOf(url: string): Promise<number | undefined> {
  const quote = (await (await fetch(`${url}/attestation/quote`)).json()) as { binding?: { key_epoch: number } }
  return quote.binding?.key_epoch
}
