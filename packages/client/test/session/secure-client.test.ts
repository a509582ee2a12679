import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateMaker } from '@perf-aggregator/testkit'
import {
  AttestationRefusal,
  CertificateError,
  type ClientClock,
  ClientError,
  EnclaveSession,
  generateClientKey,
  SecureClient,
  type SecureClientOptions,
} from '../../src/index.ts'
import { LoopbackEnclave } from './loopback-enclave.ts'

const maker = certificateMaker()

/** Stands still at the moment of the maker's certificates; sleeping moves it on, and is written down. */
function testClock(): ClientClock & { readonly slept: number[] } {
  let now = maker.issuedAt * 1000
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    async sleep(milliseconds) {
      slept.push(milliseconds)
      // Progress for deadlines, yet within what a proof of possession tolerates.
      now += Math.min(milliseconds, 1000)
    },
  }
}

async function setUp(options: Partial<SecureClientOptions> = {}) {
  const enclave = new LoopbackEnclave(maker)
  const enclaveUrl = await enclave.start()
  const clock = testClock()
  const client = new SecureClient({
    enclaveUrl,
    exchange: 'binance',
    apiKey: 'key-0001',
    secret: 'secret-0001',
    ...maker.trust,
    clock,
    ...options,
  })
  return { enclave, enclaveUrl, clock, client, [Symbol.asyncDispose]: () => enclave[Symbol.asyncDispose]() }
}

/** A client of another account, registered under the same client key. */
async function further(
  { enclaveUrl, clock }: Pick<Awaited<ReturnType<typeof setUp>>, 'enclaveUrl' | 'clock'>,
  clientKey: NonNullable<SecureClientOptions['clientKey']>,
): Promise<SecureClient> {
  const account = { exchange: 'kraken', apiKey: 'key-0002', secret: 'secret-0002' } as const
  const client = new SecureClient({ enclaveUrl, clock, clientKey, ...account, ...maker.trust })
  await client.register()
  return client
}

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error))
    return error.code
  }
  return assert.fail('it did not reject')
}

for (const suite of ['x-wing', 'x25519'] as const) {
  test(`registers with ${suite}: attests first, and the enclave reads what was given`, async () => {
    await using room = await setUp({ suite, userId: 'trader-1', label: 'spot', ttl: 3600 })
    const registration = await room.client.register()
    assert.deepEqual(room.enclave.requests, ['GET /attestation/quote', 'POST /enclave/submit_key'])
    const [submission] = room.enclave.submissions
    assert.equal(submission?.suite, suite)
    assert.equal(submission.apiKey, 'key-0001')
    assert.equal(submission.apiSecret, 'secret-0001')
    assert.equal(submission.userId, 'trader-1')
    assert.equal(submission.clientKey?.length, 32)
    assert.deepEqual(submission.metadata, { exchange: 'binance', label: 'spot', ttl: 3600 })
    assert.equal(registration.sessionId, room.client.sessionId)
    assert.equal(registration.keyEpoch, 3)
  })
}

test('x-wing is the default suite', async () => {
  await using room = await setUp()
  await room.client.register()
  assert.equal(room.enclave.submissions[0]?.suite, 'x-wing')
})

test('every later call proves possession of the bound key', async () => {
  await using room = await setUp()
  await room.client.register()
  assert.equal((await room.client.getSummary()).collection.state, 'collecting')
  await room.client.getMetrics()
  assert.deepEqual((await room.client.revoke()).purged, { credentials: 1, events: 2, certificates: 0 })
  assert.deepEqual(room.enclave.requests.slice(2), [
    'GET /enclave/summary/*',
    'GET /enclave/metrics/*',
    'POST /enclave/revoke',
  ])
})

const REFUSALS: readonly {
  what: string
  options?: Partial<SecureClientOptions>
  alter?: LoopbackEnclave['attestation']
  failure: string
}[] = [
  { what: 'a simulator without leave', options: { allowSimulator: false }, failure: 'evidence_type_unknown' },
  { what: 'another release', options: { measurements: ['ef'.repeat(32)] }, failure: 'measurement_unknown' },
  {
    what: 'a replayed answer',
    alter: { binding: (b) => ({ ...b, nonce: new Uint8Array(32) }) },
    failure: 'nonce_mismatch',
  },
  { what: 'a debug enclave', alter: { evidence: { debug: true } }, failure: 'debug_enabled' },
  { what: 'retired keys', alter: { binding: (b) => ({ ...b, notAfter: maker.issuedAt }) }, failure: 'keys_expired' },
]

for (const { what, options, alter, failure } of REFUSALS) {
  test(`nothing is sent to ${what}`, async () => {
    await using room = await setUp(options)
    room.enclave.attestation = alter ?? {}
    await assert.rejects(room.client.register(), (error) => {
      assert.ok(error instanceof AttestationRefusal)
      assert.equal(error.code, 'attestation_refused')
      assert.deepEqual(error.failures, [failure])
      return true
    })
    assert.deepEqual(room.enclave.requests, ['GET /attestation/quote'])
  })
}

test('without a simulator, measurements have to be given', () => {
  assert.throws(
    () => new SecureClient({ enclaveUrl: 'http://127.0.0.1', exchange: 'kraken', apiKey: 'k', secret: 's' }),
    { code: 'invalid_options' },
  )
})

test('an enclave that restarted in between is attested again and the submission repeated, once', async () => {
  await using room = await setUp()
  const { enclave } = room
  let quotes = 0
  enclave.attestation = {
    binding(binding) {
      quotes += 1
      // The keys the client saw are gone before its submission arrives.
      if (quotes === 1) enclave.restart()
      return binding
    },
  }
  await room.client.register()
  assert.deepEqual(enclave.requests, [
    'GET /attestation/quote',
    'POST /enclave/submit_key',
    'GET /attestation/quote',
    'POST /enclave/submit_key',
  ])
  assert.equal(enclave.submissions.length, 1)
})

test('an enclave that never can decrypt is not asked a third time', async () => {
  await using room = await setUp()
  const { enclave } = room
  enclave.attestation = {
    binding(binding) {
      enclave.restart()
      return binding
    },
  }
  assert.equal(await code(room.client.register()), 'decryption_failed')
  assert.equal(enclave.requests.length, 4)
})

test('a failed registration can be repeated, a successful one cannot', async () => {
  await using room = await setUp()
  room.enclave.answer('/enclave/submit_key', { status: 422, code: 'key_not_read_only' })
  assert.equal(await code(room.client.register()), 'key_not_read_only')
  await room.client.register()
  assert.equal(await code(room.client.register()), 'already_registered')
})

test('a session the enclave did not bind is not used', async () => {
  await using room = await setUp()
  room.enclave.bound = false
  assert.equal(await code(room.client.register()), 'answer_malformed')
  assert.equal(await code(room.client.getSummary()), 'not_registered')
})

test('a submission is never repeated on 503, a read is, with a new proof each time', async () => {
  await using room = await setUp()
  room.enclave.answer('/enclave/submit_key', { status: 503, code: 'venue_unavailable' })
  assert.equal(await code(room.client.register()), 'venue_unavailable')
  assert.deepEqual(room.clock.slept, [])
  await room.client.register()
  const busy = { status: 503, code: 'storage_unavailable' } as const
  room.enclave.answer('/enclave/summary/*', busy, { ...busy, headers: { 'retry-after': '2' } })
  await room.client.getSummary()
  assert.deepEqual(room.clock.slept, [250, 2000])
  room.enclave.answer('/enclave/summary/*', busy, busy, busy, busy)
  assert.equal(await code(room.client.getSummary()), 'storage_unavailable')
  assert.deepEqual(room.clock.slept.slice(2), [250, 1000, 3000])
})

test('the enclave’s refusal comes with its code, detail, status and request id', async () => {
  await using room = await setUp()
  await room.client.register()
  room.enclave.answer('/enclave/metrics/*', { status: 410, code: 'session_expired' })
  await assert.rejects(room.client.getMetrics(), {
    name: 'ClientError',
    code: 'session_expired',
    message: 'as the test says',
    status: 410,
    requestId: 'ab'.repeat(16),
  })
})

test('what a host writes instead of an answer is bounded and cannot drive a terminal', async () => {
  await using room = await setUp()
  await room.client.register()
  const detail = `\u001b[2J\u202e${'x'.repeat(9000)}`
  room.enclave.answer('/enclave/summary/*', { status: 400, text: JSON.stringify({ code: 'not_found', detail }) })
  await assert.rejects(room.client.getSummary(), (error) => {
    assert.ok(error instanceof ClientError)
    assert.equal(error.message.length, 500)
    assert.match(error.message, /^[\x20-\x7e]+$/)
    return true
  })
  room.enclave.answer('/enclave/summary/*', { status: 400, text: '<html>' })
  assert.equal(await code(room.client.getSummary()), 'answer_unexplained')
  room.enclave.answer('/enclave/summary/*', { status: 200, text: '{"a":1,"a":2}' })
  assert.equal(await code(room.client.getSummary()), 'answer_malformed')
  room.enclave.answer('/enclave/summary/*', { status: 200, text: '[]' })
  assert.equal(await code(room.client.getSummary()), 'answer_malformed')
  room.enclave.answer('/enclave/summary/*', { status: 200, text: ' '.repeat(33 * 1_048_576) })
  assert.equal(await code(room.client.getSummary()), 'answer_malformed')
})

test('a redirect is not followed, a broken connection has its code', async () => {
  await using room = await setUp()
  await room.client.register()
  const away = { status: 307, headers: { location: '/attestation/quote' } } as const
  room.enclave.answer('/enclave/summary/*', away, away, away, away)
  assert.equal(await code(room.client.getSummary()), 'network')
  room.enclave.answer('/enclave/request_aggregates', 'break')
  assert.equal(await code(room.client.requestCertificate()), 'network')
})

test('a caller can give up', async () => {
  await using room = await setUp()
  await room.client.register()
  room.enclave.answer('/enclave/summary/*', 'hang')
  const giveUp = new AbortController()
  const pending = room.client.getSummary({ signal: giveUp.signal })
  setTimeout(() => giveUp.abort(new Error('enough')), 20)
  await assert.rejects(pending, { message: 'enough' })
})

test('waits for the collection, reports progress, and gives a certificate that verifies', async () => {
  await using room = await setUp()
  await room.client.register()
  const incomplete = { status: 409, code: 'collection_incomplete', headers: { 'retry-after': '3' } } as const
  room.enclave.answer('/enclave/request_aggregates', incomplete, incomplete)
  const progress: number[] = []
  const issued = await room.client.requestCertificate({ onProgress: (all) => progress.push(all.length) })
  assert.deepEqual(progress, [1, 1])
  assert.deepEqual(room.clock.slept, [3000, 3750])
  assert.equal(issued.certificate.id, issued.id)
  assert.equal(issued.certificate.claims.seq, 1)
})

test('asks ever more seldom, and goes on after the enclave said that it was too often', async () => {
  await using room = await setUp()
  await room.client.register()
  const incomplete = { status: 409, code: 'collection_incomplete' } as const
  const tooMany = { status: 429, code: 'rate_limited', headers: { 'retry-after': '40' } } as const
  room.enclave.answer('/enclave/request_aggregates', incomplete, incomplete, incomplete, tooMany, incomplete)
  room.enclave.answer('/enclave/summary/*', tooMany)
  let reports = 0
  await room.client.requestCertificate({ onProgress: () => (reports += 1) })
  assert.deepEqual(room.clock.slept, [1000, 1250, 1562.5, 40_000, 15_000])
  assert.equal(reports, 3)
})

test('is not told by a Retry-After of nothing to ask without a pause', async () => {
  await using room = await setUp()
  await room.client.register()
  const now = { 'retry-after': '0' }
  const incomplete = { status: 409, code: 'collection_incomplete', headers: now } as const
  room.enclave.answer('/enclave/request_aggregates', incomplete, { status: 429, code: 'rate_limited', headers: now })
  await room.client.requestCertificate()
  assert.deepEqual(room.clock.slept, [1000, 1000])
})

test('reports more seldom the more accounts there are: reports count as requests too', async () => {
  const clientKey = await generateClientKey()
  await using room = await setUp({ clientKey })
  await room.client.register()
  const second = await further(room, clientKey)
  const slow = { status: 409, code: 'collection_incomplete', headers: { 'retry-after': '15' } } as const
  room.enclave.answer('/enclave/request_aggregates', slow, slow, slow, slow, slow)
  let reports = 0
  await room.client.requestCertificate({ include: [second], onProgress: () => (reports += 1) })
  assert.equal(room.clock.slept.length, 5)
  assert.equal(reports, 2)
})

test('does not wait when told not to, nor longer than told', async () => {
  await using room = await setUp()
  await room.client.register()
  const incomplete = { status: 409, code: 'collection_incomplete', headers: { 'retry-after': '3' } } as const
  room.enclave.answer('/enclave/request_aggregates', incomplete)
  assert.equal(await code(room.client.requestCertificate({ wait: 0 })), 'collection_incomplete')
  room.enclave.answer('/enclave/request_aggregates', incomplete)
  assert.equal(await code(room.client.requestCertificate({ wait: 2 })), 'wait_exceeded')
  const tooMany = { status: 429, code: 'rate_limited', headers: { 'retry-after': '40' } } as const
  room.enclave.answer('/enclave/request_aggregates', tooMany)
  assert.equal(await code(room.client.requestCertificate({ wait: 39 })), 'rate_limited')
})

test('one certificate over sessions that share a client key', async () => {
  const clientKey = await generateClientKey()
  await using room = await setUp({ clientKey })
  await room.client.register()
  const second = await further(room, clientKey)
  room.enclave.answer('/enclave/request_aggregates', { status: 409, code: 'collection_incomplete' })
  const progress: number[] = []
  await room.client.requestCertificate({ include: [second], onProgress: (all) => progress.push(all.length) })
  assert.deepEqual(progress, [2])
})

test('a certificate that does not verify is not handed out', async () => {
  await using room = await setUp()
  await room.client.register()
  room.enclave.certificate = { leaf: () => new Uint8Array(1) }
  await assert.rejects(room.client.requestCertificate(), (error) => {
    assert.ok(error instanceof CertificateError)
    assert.equal(error.code, 'inclusion_mismatch')
    return true
  })
})

test('another certificate than the one asked for is refused', async () => {
  await using room = await setUp()
  await room.client.register()
  assert.equal(await code(room.client.getCertificate('A'.repeat(43))), 'certificate_id_mismatch')
  assert.equal(await code(room.client.getCertificate('../../enclave')), 'invalid_options')
})

test('a session can be carried on by another program, when its key was made for that', async () => {
  await using room = await setUp({ clientKey: await generateClientKey({ extractable: true }) })
  await room.client.register()
  const exported = JSON.parse(JSON.stringify(await room.client.exportSession())) as Awaited<
    ReturnType<SecureClient['exportSession']>
  >
  const session = await EnclaveSession.restore(exported, { ...maker.trust, clock: room.clock })
  await session.getSummary()
  assert.deepEqual(room.enclave.requests.slice(2), ['GET /attestation/quote', 'GET /enclave/summary/*'])
  const altered = { ...exported, clientKey: { ...exported.clientKey, x: 'A'.repeat(43) } }
  assert.equal(await code(EnclaveSession.restore(altered, maker.trust)), 'invalid_options')
})

test('a generated key cannot be exported', async () => {
  await using room = await setUp()
  await room.client.register()
  assert.equal(await code(room.client.exportSession()), 'key_not_extractable')
})

test('credentials the enclave would refuse are refused before anything is sealed', async () => {
  await using room = await setUp({ label: 'no/slash' })
  assert.equal(await code(room.client.register()), 'invalid_options')
  assert.deepEqual(room.enclave.requests, ['GET /attestation/quote'])
})

test('an answer that would write on a terminal is refused, wherever it hides it', async () => {
  await using room = await setUp()
  await room.client.register()
  const summary = await room.client.getSummary()
  const metrics = await room.client.getMetrics()
  for (const hostile of ['\u001b]0;owned\u0007', '\u009b2J', '\u202eknab', 'two\nlines']) {
    for (const text of [
      { ...summary, account: hostile },
      { ...summary, collection: { ...summary.collection, lastError: hostile } },
      { ...summary, collection: { ...summary.collection, gaps: [{ stream: 's', from: hostile, to: 't' }] } },
      { ...summary, [hostile]: 1 },
    ]) {
      room.enclave.answer('/enclave/summary/*', { status: 200, text: JSON.stringify(text) })
      assert.equal(await code(room.client.getSummary()), 'answer_malformed')
    }
    const text = JSON.stringify({ ...metrics, performance: { markets: [{ market: hostile }] } })
    room.enclave.answer('/enclave/metrics/*', { status: 200, text })
    assert.equal(await code(room.client.getMetrics()), 'answer_malformed')
  }
})
