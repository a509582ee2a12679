import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Problem, REPORTING_CURRENCIES } from '@perf-aggregator/contracts'
import type { InjectOptions } from 'fastify'
import { Check } from 'typebox/value'
import { EnclaveError, type EnclaveErrorCode } from '../../src/errors.ts'
import { type Harness, SESSION_ID, SUBMISSION, start, TOKEN } from './harness.ts'

const MARKER = 'pLaNtEd-4711'

/** Exactly this code, as a problem of the right shape, without anything that was sent. */
async function refused({ server }: Harness, request: InjectOptions, code: EnclaveErrorCode, status: number) {
  const response = await server.inject(request)
  const name = JSON.stringify([request.method, request.url])
  const problem = response.json<Problem>()
  assert.deepEqual([problem.code, response.statusCode], [code, status], `${name}: ${response.body}`)
  assert.ok(Check(Problem, problem), `${name}: ${response.body}`)
  assert.equal(problem.status, status)
  assert.equal(problem.type, `urn:perf-aggregator:error:${code}`)
  assert.equal(problem.request_id, response.headers['x-request-id'])
  assert.equal(response.headers['content-type'], 'application/problem+json')
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.doesNotMatch(response.body, new RegExp(MARKER))
  assert.doesNotMatch(response.body, /node_modules|\.ts:|\\n +at /)
  return response
}

const submit = (payload: unknown, headers: Record<string, string> = {}): InjectOptions => ({
  method: 'POST',
  url: '/enclave/submit_key',
  headers: { 'content-type': 'application/json', ...headers },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
})
const altered = (change: object): InjectOptions => submit({ ...SUBMISSION, ...change })
const metadata = (change: object): InjectOptions => altered({ metadata: { ...SUBMISSION.metadata, ...change } })
const without = (name: string): InjectOptions =>
  submit(Object.fromEntries(Object.entries(SUBMISSION).filter(([field]) => field !== name)))
const base64 = (length: number): string => Buffer.alloc(length, 7).toString('base64')

test('a submission with one thing wrong is refused with the code of that thing', async (t) => {
  const harness = await start(t)
  const cases: readonly (readonly [string, InjectOptions, EnclaveErrorCode, number])[] = [
    ['not JSON', submit(`{"suite": ${MARKER}`), 'malformed_json', 400],
    ['empty', submit(''), 'malformed_json', 400],
    ['__proto__', submit(`{"__proto__": {"x": "${MARKER}"}}`), 'malformed_json', 400],
    ['an array', submit([SUBMISSION]), 'invalid_request', 400],
    ['null', submit('null'), 'invalid_request', 400],
    ['unknown field', altered({ [MARKER]: 1 }), 'invalid_request', 400],
    ['unknown metadata', metadata({ [MARKER]: 1 }), 'invalid_request', 400],
    ['no nonce', without('nonce'), 'invalid_request', 400],
    ['no metadata', without('metadata'), 'invalid_request', 400],
    ['number for text', altered({ tag: 7 }), 'invalid_request', 400],
    ['text for number', metadata({ ttl: '3600' }), 'invalid_request', 400],
    ['fraction', metadata({ ttl: 3600.5 }), 'invalid_request', 400],
    ['ttl too short', metadata({ ttl: 59 }), 'invalid_request', 400],
    ['ttl too long', metadata({ ttl: 604_801 }), 'ttl_too_long', 400],
    ['ttl absurd', metadata({ ttl: 1e300 }), 'ttl_too_long', 400],
    ['label', metadata({ label: `<${MARKER}>` }), 'invalid_request', 400],
    ['label too long', metadata({ label: 'a'.repeat(65) }), 'invalid_request', 400],
    ['exchange', metadata({ exchange: MARKER }), 'unknown_exchange', 400],
    ['exchange type', metadata({ exchange: 7 }), 'invalid_request', 400],
    ['suite', altered({ suite: MARKER }), 'invalid_request', 400],
    ['base64 alphabet', altered({ ciphertext: 'ab-_' }), 'invalid_base64', 400],
    ['base64 padding', altered({ ciphertext: 'abc' }), 'invalid_base64', 400],
    ['base64 trailing bits', altered({ nonce: 'AAAAAAAAAAAAAAAB=' }), 'invalid_base64', 400],
    ['base64 trailing bits in a pad', altered({ tag: 'AAECAwQFBgcICQoLDA0ODx==' }), 'invalid_base64', 400],
    ['base64 newline', altered({ ciphertext: 'AAAA\n' }), 'invalid_base64', 400],
    ['key too short', altered({ ephemeral_pub: base64(31) }), 'invalid_key', 400],
    ['key too long', altered({ ephemeral_pub: base64(33) }), 'invalid_key', 400],
    ['key of the other suite', altered({ suite: 'x-wing' }), 'invalid_key', 400],
    ['nonce too short', altered({ nonce: base64(11) }), 'invalid_nonce', 400],
    ['nonce too long', altered({ nonce: base64(13) }), 'invalid_nonce', 400],
    ['tag truncated', altered({ tag: base64(15) }), 'decryption_failed', 400],
    ['ciphertext too long', altered({ ciphertext: base64(40_000) }), 'invalid_request', 400],
    ['10 MB', submit({ ...SUBMISSION, ciphertext: 'A'.repeat(10_000_000) }), 'body_too_large', 413],
    ['form', submit('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 'unsupported_media_type', 415],
    ['text', submit('{}', { 'content-type': 'text/plain' }), 'unsupported_media_type', 415],
  ]
  for (const [name, request, code, status] of cases) {
    await t.test(name, async () => {
      await refused(harness, request, code, status)
    })
  }
  assert.deepEqual(harness.seen.submissions, [], 'none of them reached the service')
  assert.equal((await harness.server.inject(submit(SUBMISSION))).statusCode, 201, 'and unaltered it does')
})

test('the maximum lifetime is the configured one', async (t) => {
  const harness = await start(t, undefined, { MAX_TTL_SECONDS: '3599' })
  await refused(harness, submit(SUBMISSION), 'ttl_too_long', 400)
})

test('a nonce for a quote that is not 32 to 64 bytes of base64url is invalid_nonce', async (t) => {
  const harness = await start(t)
  const url64 = (length: number): string => Buffer.alloc(length, 0xfb).toString('base64url')
  for (const nonce of ['', url64(31), url64(65), `${url64(32)}=`, '%2B'.repeat(44), `${MARKER}!`]) {
    await refused(harness, { url: `/attestation/quote?nonce=${nonce}` }, 'invalid_nonce', 400)
  }
  const twice = `nonce=${url64(32)}&nonce=${url64(32)}`
  await refused(harness, { url: `/attestation/quote?${twice}` }, 'invalid_request', 400)
  await refused(harness, { url: `/attestation/quote?${MARKER}=1` }, 'invalid_request', 400)
})

test('ids: a wrong form is invalid_request, a right form that nobody has is unknown', async (t) => {
  const harness = await start(t)
  const unknown = Buffer.alloc(32, 0x77).toString('base64url')
  const post = (url: string, payload: object): InjectOptions => ({ method: 'POST', url, payload })
  await refused(harness, { url: `/enclave/summary/${MARKER}` }, 'invalid_request', 400)
  await refused(harness, { url: `/enclave/metrics/${unknown}` }, 'session_unknown', 404)
  await refused(harness, { url: `/certificates/${unknown}` }, 'certificate_unknown', 404)
  await refused(harness, { url: `/certificates/${unknown}x` }, 'invalid_request', 400)
  await refused(harness, post('/enclave/revoke', { session_id: unknown }), 'session_unknown', 404)
  const twice = { session_id: SESSION_ID, include: [unknown, unknown] }
  await refused(harness, post('/enclave/request_aggregates', twice), 'invalid_request', 400)
})

test('a certificate is told in money: any other unit is refused, and the answer names those that are not', async (t) => {
  const harness = await start(t)
  const told = (reporting_currency: unknown): InjectOptions => ({
    method: 'POST',
    url: '/enclave/request_aggregates',
    payload: { session_id: SESSION_ID, reporting_currency },
  })
  for (const unit of [
    'PEPE',
    'BTC',
    'ETH',
    'TRY',
    'DAI',
    'usd',
    'USD ',
    '',
    'USDUSD',
    `$${MARKER}`,
    'A'.repeat(5000),
  ]) {
    const { body } = await refused(harness, told(unit), 'currency_refused', 400)
    for (const currency of REPORTING_CURRENCIES) assert.match(body, new RegExp(`\\b${currency}\\b`))
  }
  for (const unit of [7, null, ['USD']]) await refused(harness, told(unit), 'invalid_request', 400)
  for (const currency of REPORTING_CURRENCIES) {
    assert.equal((await harness.server.inject(told(currency))).statusCode, 201, currency)
  }
  assert.deepEqual(harness.seen.told, [...REPORTING_CURRENCIES])
})

test('the documents name the currencies that are taken, and no others', async () => {
  const pages = [
    ['protocol.md', /`reporting_currency` is one of ((?:`[A-Z]+`(?:, )?)+), otherwise `currency_refused`/],
    ['performance.md', /The \*\*reporting currency\*\* is one of ((?:[A-Z]+(?:, )?)+), nothing/],
  ] as const
  for (const [page, sentence] of pages) {
    const text = await readFile(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8')
    const named = sentence.exec(text)?.[1]?.replaceAll('`', '').split(', ')
    assert.deepEqual(named, [...REPORTING_CURRENCIES], page)
  }
})

test('tiles that no log has are not_found', async (t) => {
  const harness = await start(t)
  for (const path of ['0/001', 'x', '64/000', '00/000', '0/000.p/0', '0/000.p/256', '0/000/', '..%2fcheckpoint', '']) {
    await refused(harness, { url: `/log/tile/${path}` }, 'not_found', 404)
  }
})

test('paths and methods that no route has', async (t) => {
  const harness = await start(t)
  await refused(harness, { url: `/${MARKER}` }, 'not_found', 404)
  await refused(harness, { url: '/enclave/summary/' }, 'invalid_request', 400)
  await refused(harness, { url: '/%zz' }, 'invalid_request', 400)
  await refused(harness, { url: `/certificates/${'a'.repeat(200)}` }, 'invalid_request', 400)
  const wrong = await refused(harness, { method: 'PUT', url: '/api/records/rec-1' }, 'method_not_allowed', 405)
  assert.equal(wrong.headers['allow'], 'DELETE, GET, HEAD')
  await refused(harness, { method: 'GET', url: '/enclave/submit_key' }, 'method_not_allowed', 405)
  await refused(harness, { method: 'OPTIONS', url: '/enclave/submit_key' }, 'method_not_allowed', 405)
})

test('records need a token before their body is read', async (t) => {
  const harness = await start(t)
  const large = { data: 'x'.repeat(100_000) }
  const create = (headers: Record<string, string>, payload: object): InjectOptions => ({
    method: 'POST',
    url: '/api/records',
    headers,
    payload,
  })
  const missing = await refused(harness, create({}, large), 'token_missing', 401)
  assert.equal(missing.headers['www-authenticate'], 'Bearer')
  const invalid = await refused(harness, create({ authorization: `Bearer ${MARKER}` }, large), 'token_invalid', 401)
  assert.equal(invalid.headers['www-authenticate'], 'Bearer error="invalid_token"')
  const authorization = TOKEN
  await refused(harness, create({ authorization }, { data: '\ud800' }), 'invalid_request', 400)
  await refused(harness, create({ authorization }, { data: 'abc', encoding: 'base64' }), 'invalid_base64', 400)
  await refused(harness, create({ authorization }, { data: 'AB==', encoding: 'base64' }), 'invalid_base64', 400)
  await refused(harness, create({ authorization }, { data: 'x', content_type: 'a\r\nb' }), 'invalid_request', 400)
  await refused(harness, { url: '/api/records?limit=101', headers: { authorization } }, 'invalid_request', 400)
  await refused(harness, { url: '/api/records?limit=0', headers: { authorization } }, 'invalid_request', 400)
  await refused(harness, { url: '/api/records/rec-9', headers: { authorization } }, 'record_unknown', 404)
})

test('a record may be as large as configured and no larger', async (t) => {
  const harness = await start(t, undefined, { MAX_RECORD_BYTES: '3000' })
  const create = (data: string, encoding: string): InjectOptions => ({
    method: 'POST',
    url: '/api/records',
    headers: { authorization: TOKEN },
    payload: { data, encoding },
  })
  assert.equal((await harness.server.inject(create(base64(3000), 'base64'))).statusCode, 201)
  await refused(harness, create(base64(3001), 'base64'), 'body_too_large', 413)
  await refused(harness, create('x'.repeat(10_000_000), 'utf8'), 'body_too_large', 413)
})

test('an error of the domain keeps its code and Retry-After; an unknown error is internal and silent', async (t) => {
  const errors: Error[] = [
    new EnclaveError('venue_unavailable', 'the venue asks to wait', {
      retryAfterSeconds: 1.2,
      cause: new Error(MARKER),
    }),
    new EnclaveError('proof_stale', 'the proof is too old'),
    new Error(`secret ${MARKER}`),
    Object.assign(new Error(MARKER), { statusCode: 418, code: 'FST_ERR_SOMETHING' }),
  ]
  const harness = await start(t, ({ sessions }) => ({
    sessions: {
      ...sessions,
      async submit() {
        throw errors.shift() ?? new Error('no error left')
      },
    },
  }))
  const venue = await refused(harness, submit(SUBMISSION), 'venue_unavailable', 503)
  assert.equal(venue.headers['retry-after'], '2')
  const stale = await refused(harness, submit(SUBMISSION), 'proof_stale', 401)
  assert.equal(stale.headers['www-authenticate'], 'DPoP algs="Ed25519 EdDSA"')
  await refused(harness, submit(SUBMISSION), 'internal', 500)
  await refused(harness, submit(SUBMISSION), 'invalid_request', 400)
  assert.doesNotMatch(harness.lines.join(''), new RegExp(MARKER))
})
