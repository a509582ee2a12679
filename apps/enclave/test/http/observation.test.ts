import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CERTIFICATE_ID, SESSION_ID, SUBMISSION, start, TOKEN } from './harness.ts'

const MARKER = 'pLaNtEd-4711'

test('neither lines nor metrics hold an id, a token, a body, a header or an error from outside', async (t) => {
  const { server, lines } = await start(t, ({ attestation }) => ({
    attestation: {
      async quote(nonce) {
        if (nonce[0] === 0) throw new Error(`quoting ${MARKER}\n    at ${MARKER} (x.js:1:1)`)
        return attestation.quote(nonce)
      },
    },
  }))
  const headers = { authorization: TOKEN, dpop: MARKER, 'user-agent': MARKER, 'x-request-id': MARKER, cookie: MARKER }
  const post = { method: 'POST', headers } as const
  await server.inject({ ...post, url: '/enclave/submit_key', payload: SUBMISSION })
  await server.inject({ ...post, url: `/enclave/submit_key?${MARKER}`, payload: { ...SUBMISSION, tag: MARKER } })
  await server.inject({ ...post, url: '/enclave/revoke', payload: { session_id: SESSION_ID } })
  await server.inject({ ...post, url: '/enclave/revoke', payload: `{"${MARKER}` })
  await server.inject({ ...post, url: '/api/records', payload: { data: MARKER, label: MARKER } })
  await server.inject({ url: `/enclave/summary/${SESSION_ID}`, headers })
  await server.inject({ url: `/certificates/${CERTIFICATE_ID}`, headers })
  await server.inject({ url: `/api/records/${MARKER}`, headers })
  await server.inject({ url: `/${MARKER}/%zz`, headers })
  await server.inject({ url: `/${MARKER}`, headers })
  const failed = await server.inject(`/attestation/quote?nonce=${Buffer.alloc(32).toString('base64url')}`)
  assert.equal(failed.statusCode, 500)

  const exposition = (await server.inject('/metrics')).body
  for (const text of [lines.join(''), exposition]) {
    for (const secret of [
      MARKER,
      SESSION_ID,
      CERTIFICATE_ID,
      TOKEN.slice(7),
      SUBMISSION.ciphertext,
      'tenant-1',
      'acct-1',
    ]) {
      assert.ok(!text.includes(secret), `${secret} in ${text}`)
    }
  }
})

test('one line per answer: id, method, pattern, status, duration, and the code of a refusal', async (t) => {
  const { server, lines } = await start(t)
  const response = await server.inject(`/certificates/${SESSION_ID}`)
  assert.equal(lines.length, 1)
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  assert.equal(typeof line['durationMs'], 'number')
  delete line['durationMs']
  assert.deepEqual(line, {
    level: 'info',
    time: '2026-03-01T12:00:00.000Z',
    event: 'request',
    requestId: response.headers['x-request-id'],
    method: 'GET',
    route: '/certificates/:id',
    status: 404,
    code: 'certificate_unknown',
  })
})

test('a failure of ours has a line that says where, under the same request id', async (t) => {
  const { server, lines } = await start(t, () => ({
    log: {
      checkpoint() {
        throw new RangeError(MARKER)
      },
      tile: async () => null,
    },
  }))
  const response = await server.inject('/log/checkpoint')
  assert.equal(response.statusCode, 500)
  const line = JSON.parse(lines[0] ?? '') as {
    event: string
    requestId: string
    error: { cause: { frames: string[] } }
  }
  assert.equal(line.event, 'request_failed')
  assert.equal(line.requestId, response.headers['x-request-id'])
  assert.match(line.error.cause.frames[0] ?? '', /observation\.test\.ts:\d+/)
})

test('/metrics counts requests by pattern and refusals by code', async (t) => {
  const { server } = await start(t)
  await server.inject(`/enclave/summary/${SESSION_ID}`)
  await server.inject('/api/records')
  await server.inject({ method: 'POST', url: '/enclave/submit_key', payload: SUBMISSION })
  const response = await server.inject('/metrics')
  assert.match(String(response.headers['content-type']), /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'http_requests_total{method="GET",route="/enclave/summary/:session_id",status="200"} 1',
    'access_refused_total{code="token_missing"} 1',
    'enclave_operation_seconds_count{operation="submit",outcome="ok"} 1',
    'enclave_operation_seconds_count{operation="measure",outcome="ok"} 1',
  ]) {
    assert.ok(response.body.includes(`${line}\n`), line)
  }
})
