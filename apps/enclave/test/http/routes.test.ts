import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CERTIFICATE_MEDIA_TYPE,
  MetricsResponse,
  QuoteResponse,
  RecordResponse,
  RevokeResponse,
  SubmissionResponse,
  SummaryResponse,
} from '@perf-aggregator/contracts'
import type { TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { EnclaveError } from '../../src/errors.ts'
import {
  CERTIFICATE,
  CERTIFICATE_ID,
  DAYS,
  NOW,
  OTHER_SESSION_ID,
  PERFORMANCE,
  SESSION_ID,
  SUBMISSION,
  start,
  TOKEN,
} from './harness.ts'

const authorization = TOKEN

function fits(schema: TSchema, value: unknown): void {
  assert.ok(Check(schema, value), `not of its schema: ${JSON.stringify(value)}`)
}

test('GET /attestation/quote answers over the nonce of the caller', async (t) => {
  const { server } = await start(t)
  const nonce = Buffer.alloc(64, 0xab).toString('base64url')
  const response = await server.inject(`/attestation/quote?nonce=${nonce}`)
  assert.equal(response.statusCode, 200)
  const quote = response.json<QuoteResponse>()
  fits(QuoteResponse, quote)
  assert.equal(quote.binding.nonce, nonce)
  assert.equal(quote.enclave_pubkey, quote.binding.hpke_x25519)
  assert.equal(quote.image_hash, quote.binding.release)
  assert.equal(response.headers['cache-control'], 'no-store')
})

test('GET /attestation/quote without a nonce shows the one the enclave made, new each time', async (t) => {
  const { server } = await start(t)
  const [first, second] = [
    (await server.inject('/attestation/quote')).json<QuoteResponse>(),
    (await server.inject('/attestation/quote')).json<QuoteResponse>(),
  ]
  assert.equal(Buffer.from(first.binding.nonce, 'base64url').length, 32)
  assert.notEqual(first.binding.nonce, second.binding.nonce)
})

test('POST /enclave/submit_key hands over the decoded submission and answers 201', async (t) => {
  const { server, seen } = await start(t)
  const { suite: _absent, ...body } = SUBMISSION
  const response = await server.inject({
    method: 'POST',
    url: '/enclave/submit_key?a=1',
    headers: { dpop: 'proof' },
    payload: body,
  })
  assert.equal(response.statusCode, 201)
  fits(SubmissionResponse, response.json())
  assert.deepEqual(seen.submissions, [
    {
      suite: 'x25519',
      encapsulatedKey: new Uint8Array(32).fill(1),
      nonce: new Uint8Array(12).fill(2),
      sealed: Uint8Array.from([...new Uint8Array(100).fill(3), ...new Uint8Array(16).fill(4)]),
      metadata: SUBMISSION.metadata,
    },
  ])
  assert.deepEqual(seen.contexts, [
    {
      requestId: response.headers['x-request-id'],
      method: 'POST',
      path: '/enclave/submit_key',
      proof: 'proof',
    },
  ])
})

test('POST /enclave/submit_key takes the post-quantum suite', async (t) => {
  const { server, seen } = await start(t)
  const payload = { ...SUBMISSION, suite: 'x-wing', ephemeral_pub: Buffer.alloc(1120, 1).toString('base64') }
  assert.equal((await server.inject({ method: 'POST', url: '/enclave/submit_key', payload })).statusCode, 201)
  assert.equal(seen.submissions[0]?.suite, 'x-wing')
})

test('POST /enclave/revoke says what was purged', async (t) => {
  const { server } = await start(t)
  const payload = { session_id: SESSION_ID }
  const response = await server.inject({ method: 'POST', url: '/enclave/revoke', payload })
  fits(RevokeResponse, response.json())
  assert.deepEqual(response.json(), { revoked: true, purged: { credentials: 1, events: 12, certificates: 2 } })
})

test('GET /enclave/summary shows the headline, and no balance', async (t) => {
  const { server } = await start(t)
  const response = await server.inject(`/enclave/summary/${SESSION_ID}`)
  const summary = response.json<SummaryResponse>()
  fits(SummaryResponse, summary)
  assert.equal(summary.headline?.sharpe.value, '1.5')
  assert.deepEqual(summary.period, PERFORMANCE.period)
  assert.equal(summary.collection.last_poll_at, new Date(NOW - 5_000).toISOString())
  assert.doesNotMatch(response.body, /SECRETASSET/)
})

test('GET /enclave/metrics carries the performance as it was measured', async (t) => {
  const { server } = await start(t)
  const metrics = (await server.inject(`/enclave/metrics/${SESSION_ID}`)).json<MetricsResponse>()
  fits(MetricsResponse, metrics)
  assert.deepEqual(metrics.performance, PERFORMANCE)
  assert.deepEqual(metrics.days, DAYS)
})

test('while the history is incomplete there is a collection and no figure', async (t) => {
  const { server } = await start(t, ({ performance }) => ({
    performance: {
      ...performance,
      async current() {
        throw new EnclaveError('collection_incomplete', 'still collecting')
      },
    },
  }))
  const summary = (await server.inject(`/enclave/summary/${SESSION_ID}`)).json<SummaryResponse>()
  fits(SummaryResponse, summary)
  assert.deepEqual([summary.period, summary.headline], [null, null])
  const metrics = (await server.inject(`/enclave/metrics/${SESSION_ID}`)).json<MetricsResponse>()
  fits(MetricsResponse, metrics)
  assert.deepEqual([metrics.performance, metrics.days], [null, []])
})

test('POST /enclave/request_aggregates certifies the sessions together and leaves the certificate as it is', async (t) => {
  const { server, seen } = await start(t)
  const response = await server.inject({
    method: 'POST',
    url: '/enclave/request_aggregates',
    payload: { session_id: SESSION_ID, include: [OTHER_SESSION_ID], reporting_currency: 'EUR' },
  })
  assert.equal(response.statusCode, 201)
  assert.equal(response.headers.location, `/certificates/${CERTIFICATE_ID}`)
  assert.deepEqual(seen.together, [[SESSION_ID, OTHER_SESSION_ID]])
  const url = `/certificates/${CERTIFICATE_ID}`
  assert.equal(
    response.body,
    JSON.stringify({ certificate_id: CERTIFICATE_ID, certificate_url: url, aggregates_signed: CERTIFICATE }),
  )
})

test('GET /certificates/{id} is the file under its media type, and may be kept a minute', async (t) => {
  const { server } = await start(t)
  const response = await server.inject(`/certificates/${CERTIFICATE_ID}`)
  assert.equal(response.headers['content-type'], CERTIFICATE_MEDIA_TYPE)
  assert.equal(response.headers['cache-control'], 'public, max-age=60')
  assert.equal(response.body, JSON.stringify(CERTIFICATE))
})

test('the log is served as files: a fresh checkpoint, tiles for ever', async (t) => {
  const { server } = await start(t)
  const checkpoint = await server.inject('/log/checkpoint')
  assert.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(checkpoint.headers['cache-control'], 'public, max-age=5')
  assert.match(checkpoint.body, /^localhost\/perf-aggregator\n1\n/)
  const tile = await server.inject('/log/tile/0/000.p/1')
  assert.deepEqual(new Uint8Array(tile.rawPayload), new Uint8Array(32).fill(7))
  assert.equal(tile.headers['content-type'], 'application/octet-stream')
  assert.equal(tile.headers['cache-control'], 'public, max-age=31536000, immutable')
})

test('POST /api/records seals text and base64, and wipes what it decoded', async (t) => {
  const { server, seen } = await start(t)
  for (const payload of [
    { data: 'héllo', content_type: 'text/plain; charset=utf-8', label: 'scan 12' },
    { data: 'AAH/', encoding: 'base64' },
  ]) {
    const response = await server.inject({
      method: 'POST',
      url: '/api/records',
      headers: { authorization },
      payload,
    })
    assert.equal(response.statusCode, 201)
    assert.equal(response.headers.location, '/api/records/rec-1')
  }
  assert.deepEqual(
    seen.created.map(({ data, contentType, label }) => [
      Buffer.from(data, 'hex').toString('latin1'),
      contentType,
      label,
    ]),
    [
      [Buffer.from('héllo').toString('latin1'), 'text/plain; charset=utf-8', 'scan 12'],
      ['\x00\x01\xff', 'application/octet-stream', null],
    ],
  )
  for (const { bytes } of seen.created) {
    assert.ok(bytes.every((byte) => byte === 0))
    assert.equal(bytes.buffer.byteLength, bytes.length, 'not in a pool')
  }
})

test('GET /api/records/{id} is text where it can be, base64 otherwise', async (t) => {
  const { server } = await start(t)
  const text = (await server.inject({ url: '/api/records/rec-1', headers: { authorization } })).json<RecordResponse>()
  fits(RecordResponse, text)
  assert.deepEqual([text.data, text.encoding], ['héllo', 'utf8'])
  const binary = (await server.inject({ url: '/api/records/rec-2', headers: { authorization } })).json<RecordResponse>()
  assert.deepEqual([binary.data, binary.encoding], ['/wA=', 'base64'])
})

test('GET /api/records pages, DELETE destroys', async (t) => {
  const { server } = await start(t)
  const headers = { authorization }
  assert.equal((await server.inject({ url: '/api/records', headers })).json<{ next: string }>().next, 'start-50')
  const page = await server.inject({ url: '/api/records?limit=7&after=rec-0', headers })
  assert.equal(page.json<{ next: string }>().next, 'rec-0-7')
  const destroyed = await server.inject({ method: 'DELETE', url: '/api/records/rec-1', headers })
  assert.deepEqual([destroyed.statusCode, destroyed.body], [204, ''])
  const announced = { ...headers, 'content-type': 'application/json' }
  const again = await server.inject({ method: 'DELETE', url: '/api/records/rec-1', headers: announced })
  assert.deepEqual([again.statusCode, again.body], [204, ''], 'a type announced for no body')
})

test('GET /healthz needs nothing; GET /readyz is 503 and says what is wrong', async (t) => {
  const { server } = await start(t, () => ({
    health: {
      ready: async () => ({
        ok: false,
        checks: { storage: 'storage_unavailable', collector: 'ok' },
        endorsements: { state: 'incomplete', missing: ['crl'], notAfter: 1_790_000_000 },
      }),
    },
  }))
  assert.deepEqual((await server.inject('/healthz')).json(), { status: 'ok' })
  const ready = await server.inject('/readyz')
  assert.equal(ready.statusCode, 503)
  assert.deepEqual(ready.json(), {
    status: 'unavailable',
    checks: { storage: 'storage_unavailable', collector: 'ok' },
    endorsements: { state: 'incomplete', missing: ['crl'], not_after: '2026-09-21T14:13:20.000Z' },
  })
})

test('every answer has a request id of ours, whatever the client sent', async (t) => {
  const { server } = await start(t)
  const ids = new Set<unknown>()
  for (const url of ['/healthz', '/nowhere', '/attestation/quote', '/%zz', '/docs/']) {
    const response = await server.inject({ url, headers: { 'x-request-id': 'mine' } })
    assert.match(String(response.headers['x-request-id']), /^[0-9a-f]{32}$/)
    ids.add(response.headers['x-request-id'])
  }
  assert.equal(ids.size, 5)
})
