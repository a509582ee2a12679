import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnclaveError } from '../../src/errors.ts'
import { countedAddress } from '../../src/http/client-address.ts'
import { unhurried } from '../../src/http/rate-limit.ts'
import { NOW, OTHER_SESSION_ID, SESSION_ID, start } from './harness.ts'

const PAGE = 'https://app.example'

test('without a list no foreign page may call, and nothing tells a browser otherwise', async (t) => {
  const { server } = await start(t)
  for (const origin of [PAGE, 'null', 'file://', 'http://localhost.evil']) {
    const response = await server.inject({ url: '/healthz', headers: { origin } })
    assert.equal(response.json<{ code: string }>().code, 'origin_refused')
    assert.equal(response.headers['access-control-allow-origin'], undefined)
  }
})

test('the pages of the enclave itself may call it', async (t) => {
  const { server } = await start(t)
  const own = { url: '/healthz', headers: { host: 'localhost:3000', origin: 'http://localhost:3000' } }
  assert.equal((await server.inject(own)).statusCode, 200)
})

test('a page on the list may call, its preflight is answered, and one that is not is refused', async (t) => {
  const { server, seen } = await start(t, undefined, { ALLOWED_ORIGINS: `${PAGE}, https://other.example` })
  const call = await server.inject({ url: '/healthz', headers: { origin: PAGE } })
  assert.equal(call.headers['access-control-allow-origin'], PAGE)
  assert.match(String(call.headers['access-control-expose-headers']), /x-request-id/)
  assert.equal(call.headers['access-control-allow-credentials'], undefined)
  const preflight = (origin: string) =>
    server.inject({
      method: 'OPTIONS',
      url: '/enclave/submit_key',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' },
    })
  const allowed = await preflight(PAGE)
  assert.equal(allowed.statusCode, 204)
  assert.match(String(allowed.headers['access-control-allow-headers']), /dpop/)
  assert.equal((await preflight(`${PAGE}.evil`)).json<{ code: string }>().code, 'origin_refused')
  assert.deepEqual(seen.limited, [], 'none of these counted against the limit')
})

test('a refusal can be read by a page on the list', async (t) => {
  const { server } = await start(t, undefined, { ALLOWED_ORIGINS: PAGE })
  const response = await server.inject({ url: '/nowhere', headers: { origin: PAGE } })
  assert.equal(response.statusCode, 404)
  assert.equal(response.headers['access-control-allow-origin'], PAGE)
})

test('past the limit: 429, Retry-After and the RateLimit headers, and no service is asked', async (t) => {
  let asked = 0
  const { server } = await start(t, () => ({
    attestation: {
      async quote() {
        asked++
        throw new Error('asked')
      },
    },
    limiter: { take: async () => ({ allowed: false, remaining: 0, resetSeconds: 41.2, limit: 100 }) },
  }))
  const response = await server.inject('/attestation/quote')
  assert.equal(response.statusCode, 429)
  assert.equal(response.json<{ code: string }>().code, 'rate_limited')
  assert.equal(response.headers['retry-after'], '42')
  assert.equal(response.headers['ratelimit-policy'], '"default";q=100;w=900')
  assert.equal(response.headers['ratelimit'], '"default";r=0;t=42')
  assert.equal(asked, 0)
})

test('revoking has an allowance of its own: whoever used up the other one can still destroy a session', async (t) => {
  const taken: string[] = []
  const { server } = await start(t, () => ({
    limiter: {
      async take(client) {
        taken.push(client)
        const allowed = client.startsWith('revoke ') && taken.length < 3
        return { allowed, remaining: 0, resetSeconds: 41, limit: 100 }
      },
    },
  }))
  const revoke = { method: 'POST', url: '/enclave/revoke', payload: { session_id: SESSION_ID } } as const
  assert.equal((await server.inject('/attestation/quote')).statusCode, 429)
  const revoked = await server.inject(revoke)
  assert.deepEqual([revoked.statusCode, revoked.headers['ratelimit']], [200, '"revoke";r=0;t=41'])
  assert.equal((await server.inject(revoke)).statusCode, 429, 'its own allowance ends too')
  assert.deepEqual(taken, ['127.0.0.1', 'revoke 127.0.0.1', 'revoke 127.0.0.1'])
})

test('while a history is collected, Retry-After is short at first and grows with the age of the youngest session', async (t) => {
  const payload = { session_id: SESSION_ID, include: [OTHER_SESSION_ID] }
  for (const [ages, seconds] of [
    [[0, 3600], '1'],
    [[3600, 31], '13'],
    [[3600, 600], '15'],
  ] as const) {
    const { server } = await start(t, (services) => ({
      sessions: {
        ...services.sessions,
        authoriseTogether: async (keys, context) =>
          (await services.sessions.authoriseTogether(keys, context)).map((session, index) => ({
            ...session,
            createdAt: NOW - (ages[index] ?? 0) * 1000,
          })),
      },
      certificates: {
        ...services.certificates,
        async issue() {
          throw new EnclaveError('collection_incomplete', 'still collecting', { retryAfterSeconds: 1 })
        },
      },
    }))
    const response = await server.inject({ method: 'POST', url: '/enclave/request_aggregates', payload })
    assert.deepEqual([response.statusCode, response.headers['retry-after']], [409, seconds])
  }
})

test('whoever asks again as often as Retry-After says stays within any limit', () => {
  for (const windowMilliseconds of [60_000, 900_000, 3_600_000]) {
    for (const max of [10, 100, 1_000, 100_000]) {
      const limit = { max, windowMilliseconds }
      for (const begun of [0, 30, 10_000]) {
        let asked = 0
        for (let age = begun; age < begun + windowMilliseconds / 1000; age += unhurried(limit, age)) asked += 1
        assert.ok(asked <= max, `${asked} of ${max} in ${windowMilliseconds} ms from ${begun} s on`)
      }
    }
  }
})

test('within the limit the headers say what is left; unknown paths count too', async (t) => {
  const { server, seen } = await start(t)
  assert.equal((await server.inject('/attestation/quote')).headers['ratelimit'], '"default";r=99;t=13')
  await server.inject('/nowhere')
  assert.deepEqual(seen.limited, ['127.0.0.1', '127.0.0.1'])
})

test('monitors, mirrors of the log and readers of the documentation are not limited', async (t) => {
  const { server } = await start(t, () => ({
    limiter: {
      async take() {
        throw new EnclaveError('storage_unavailable', 'the database does not answer')
      },
    },
  }))
  for (const url of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/log/checkpoint',
    '/log/tile/0/000.p/1',
    '/docs/',
    '/openapi.json',
  ]) {
    assert.equal((await server.inject(url)).statusCode, 200, url)
  }
  const limited = await server.inject('/attestation/quote')
  assert.equal(limited.json<{ code: string }>().code, 'storage_unavailable', "the limiter's own answer is given")
})

test('the address that is counted is the socket, unless proxies are trusted', async (t) => {
  const forwarded = { url: '/nowhere', headers: { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' } }
  const direct = await start(t)
  await direct.server.inject(forwarded)
  assert.deepEqual(direct.seen.limited, ['127.0.0.1'])
  const one = await start(t, undefined, { TRUST_PROXY: '1' })
  await one.server.inject(forwarded)
  assert.deepEqual(one.seen.limited, ['203.0.113.9'], 'what the one proxy saw, not what the client claims')
  const named = await start(t, undefined, { TRUST_PROXY: '127.0.0.0/8,203.0.113.9' })
  await named.server.inject(forwarded)
  assert.deepEqual(named.seen.limited, ['198.51.100.7'])
})

test('an IPv6 network of 64 bits counts as one', () => {
  const cases = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ]
  for (const [address = '', counted] of cases) assert.equal(countedAddress(address), counted, address)
})
