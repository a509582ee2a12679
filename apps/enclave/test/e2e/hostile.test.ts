/** Requests nobody honest sends, over real HTTP: each refused with its own code, and nothing stored of any. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CryptoHelper, EnclaveConnection, EnclaveSession, type SubmitBody } from '@perf-aggregator/client'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { TestClock } from '../clock.ts'
import { eventually, openHouse, RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { countRows, onServer, type Place } from './place.ts'

const HELD = ['aggregates', 'collections', 'credentials', 'events', 'records', 'sessions', 'users'] as const
const VENUE = 'binance'

onServer((open) => {
  test('hostile submissions are refused and leave nothing', { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 20, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    await using house = await openHouse(place, sandbox, { environment: { MAX_TTL_SECONDS: '3600' } })
    const trust = { allowSimulator: true, measurements: [house.release] }
    const enclave = await new EnclaveConnection({ enclaveUrl: house.url, ...trust }).attest()
    const { readOnly, trading } = sandbox.credentials[VENUE]

    const sealed = async (
      key: { readonly apiKey: string; readonly apiSecret: string } = readOnly,
      metadata: { readonly label?: string; readonly ttl?: number } = {},
    ): Promise<SubmitBody> =>
      await CryptoHelper.encryptCredentials(
        { exchange: VENUE, apiKey: key.apiKey, apiSecret: key.apiSecret },
        enclave,
        { label: 'main', ttl: 600, ...metadata },
      )
    const good = await sealed()
    const cut = (text: string): string => Buffer.from(text, 'base64').subarray(1).toString('base64')
    const flip = (text: string): string => {
      const bytes = Buffer.from(text, 'base64')
      bytes[0] = (bytes[0] ?? 0) ^ 1
      return bytes.toString('base64')
    }
    const wrongSecret = { apiKey: readOnly.apiKey, apiSecret: readOnly.apiSecret.toLowerCase() }
    const other = { apiKey: 'A'.repeat(64), apiSecret: readOnly.apiSecret }
    const cases: readonly (readonly [name: string, body: unknown, status: number, code: string])[] = [
      ['another label', { ...good, metadata: { ...good.metadata, label: 'other' } }, 400, 'decryption_failed'],
      ['a longer life', { ...good, metadata: { ...good.metadata, ttl: 601 } }, 400, 'decryption_failed'],
      ['another venue', { ...good, metadata: { ...good.metadata, exchange: 'kraken' } }, 400, 'decryption_failed'],
      ['an unknown venue', { ...good, metadata: { ...good.metadata, exchange: 'mtgox' } }, 400, 'unknown_exchange'],
      ['another nonce', { ...good, nonce: flip(good.nonce) }, 400, 'decryption_failed'],
      ['a short nonce', { ...good, nonce: cut(good.nonce) }, 400, 'invalid_nonce'],
      ['an altered ciphertext', { ...good, ciphertext: flip(good.ciphertext) }, 400, 'decryption_failed'],
      ['a cut ciphertext', { ...good, ciphertext: cut(good.ciphertext) }, 400, 'decryption_failed'],
      ['an altered tag', { ...good, tag: flip(good.tag) }, 400, 'decryption_failed'],
      ['a cut tag', { ...good, tag: cut(good.tag) }, 400, 'decryption_failed'],
      ['a cut key', { ...good, ephemeral_pub: cut(good.ephemeral_pub) }, 400, 'invalid_key'],
      ['an altered key', { ...good, ephemeral_pub: flip(good.ephemeral_pub) }, 400, 'decryption_failed'],
      ['the other suite', { ...good, suite: 'x25519' }, 400, 'invalid_key'],
      ['no base64', { ...good, ciphertext: `${good.ciphertext.slice(0, -4)}****` }, 400, 'invalid_base64'],
      ['a field too many', { ...good, extra: 1 }, 400, 'invalid_request'],
      ['a field too few', { ...good, tag: undefined }, 400, 'invalid_request'],
      ['a life beyond the maximum', await sealed(readOnly, { ttl: 3_601 }), 400, 'ttl_too_long'],
      ['a key that can trade', await sealed(trading), 422, 'key_not_read_only'],
      ['a key the venue never gave', await sealed(other), 422, 'venue_refused_key'],
      ['a wrong secret', await sealed(wrongSecret), 422, 'venue_refused_key'],
    ]
    for (const [name, body, status, code] of cases) {
      assert.deepEqual(await submit(house.url, body), { status, code }, name)
      await nothingHeld(place, name)
    }
    const huge = { ...good, ciphertext: 'A'.repeat(10 * 1_048_576) }
    assert.deepEqual(await submit(house.url, huge), { status: 413, code: 'body_too_large' })
    await nothingHeld(place, 'a body of ten megabytes')

    // The one they were all made from is good, once.
    assert.deepEqual(await submit(house.url, good), { status: 201, code: undefined })
    assert.deepEqual(await submit(house.url, good), { status: 409, code: 'nonce_replayed' })
    assert.equal((await place.asOwner(countRows))['sessions'], 1)
  })

  test('a session belongs to who has both its id and its key, until its time is over', async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({ fillsPerAccount: 20, rateLimitScale: RATE_LIMIT_SCALE })
    t.after(() => sandbox.stop())
    const clock = new TestClock(Date.now())
    const clientClock = {
      now: () => clock.now(),
      sleep: async (milliseconds: number) => {
        await sleep(milliseconds)
      },
    }
    {
      await using house = await openHouse(place, sandbox, { clock })
      const [trader, thief] = [
        await Trader.arrive(house, sandbox, clientClock),
        await Trader.arrive(house, sandbox, clientClock),
      ]
      const client = await trader.register(VENUE, { ttl: 60 })
      await summaryWhen(client, ({ state }) => state === 'up_to_date')
      const path = `/enclave/summary/${client.sessionId}`

      assert.deepEqual(await get(house.url, `/enclave/summary/${'A'.repeat(43)}`), {
        status: 404,
        code: 'session_unknown',
      })
      assert.deepEqual(await get(house.url, '/enclave/summary/1'), { status: 400, code: 'invalid_request' })
      assert.deepEqual(await get(house.url, path), { status: 401, code: 'proof_missing' })

      // Whoever learnt the id has only keys of their own.
      const theirs = await (await thief.register('kraken')).exportSession()
      const stolen = await EnclaveSession.restore(
        { ...theirs, sessionId: client.sessionId },
        { allowSimulator: true, measurements: [house.release], clock: clientClock },
      )
      await assert.rejects(stolen.getSummary(), { code: 'proof_invalid', status: 401 })
      await assert.rejects(stolen.getMetrics(), { code: 'proof_invalid', status: 401 })
      await assert.rejects(stolen.requestCertificate({ wait: 0 }), { code: 'proof_invalid', status: 401 })
      await assert.rejects(stolen.revoke(), { code: 'proof_invalid', status: 401 })

      // A proof that was overheard counts once.
      let overheard: string | null = null
      const listening = trader.client(VENUE, {
        fetch: async (input, init) => {
          overheard = new Headers(init?.headers).get('dpop') ?? overheard
          return await fetch(input, init)
        },
      })
      await listening.register()
      await listening.getSummary()
      assert.ok(overheard !== null)
      const replayed = await get(house.url, `/enclave/summary/${listening.sessionId}`, { dpop: overheard })
      assert.deepEqual(replayed, { status: 401, code: 'proof_replayed' })

      await client.getSummary()
      clock.advance(61_000)
      await assert.rejects(client.getSummary(), { code: 'session_expired', status: 410 })
      await assert.rejects(client.requestCertificate({ wait: 0 }), { code: 'session_expired', status: 410 })
      await assert.rejects(client.revoke(), { code: 'session_expired', status: 410 })
    }
    // The next start cleans up what ran out; the thief's own session and the listener's live on.
    await using house = await openHouse(place, sandbox, { clock })
    await eventually('the clean-up', async () => (await place.asOwner(countRows))['credentials'] === 2)
    assert.equal((await fetch(`${house.url}/readyz`)).status, 200)
  })
})

async function submit(
  url: string,
  body: unknown,
): Promise<{ readonly status: number; readonly code: string | undefined }> {
  const response = await fetch(`${url}/enclave/submit_key`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, code: ((await response.json()) as { code?: string }).code }
}

async function get(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url + path, { headers })
  return { status: response.status, code: ((await response.json()) as { code?: string }).code }
}

async function nothingHeld(place: Place, after: string): Promise<void> {
  const rows = await place.asOwner(countRows)
  assert.deepEqual(
    HELD.map((table) => [table, rows[table]]),
    HELD.map((table) => [table, 0]),
    after,
  )
}
