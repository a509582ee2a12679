import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientError } from '@perf-aggregator/client'
import { EnclaveError } from '@perf-aggregator/enclave'
import { report } from '../../src/settings/failure.ts'
import { Interrupted } from '../../src/settings/interrupted.ts'
import { UsageError } from '../../src/settings/usage-error.ts'

function reported(error: unknown, json: boolean): { code: number; printed: string[]; remarked: string[] } {
  const printed: string[] = []
  const remarked: string[] = []
  const to = { print: (line: string) => void printed.push(line), remark: (line: string) => void remarked.push(line) }
  return { code: report(error, json, to), printed, remarked }
}

for (const [error, code, exit] of [
  [new UsageError('say it rightly'), 'usage', 2],
  [new ClientError('invalid_options', 'not an address'), 'invalid_options', 2],
  [new EnclaveError('configuration', 'ENCLAVE_PORT: a number'), 'configuration', 2],
  [new ClientError('attestation_refused', 'not accepted'), 'attestation_refused', 10],
  [new ClientError('network', 'cannot be reached'), 'network', 1],
  [new TypeError('a defect'), 'internal', 1],
  ['not even an error', 'internal', 1],
] as const) {
  test(`${code} ends with ${exit}, and says so to a program`, () => {
    const { code: ended, printed, remarked } = reported(error, true)
    assert.equal(ended, exit)
    assert.deepEqual(remarked, [])
    assert.equal(printed.length, 1)
    const document = JSON.parse(printed[0] ?? '') as { error: { code: string; message: string } }
    assert.equal(document.error.code, code)
    assert.notEqual(document.error.message, '')
  })
}

test('a person is told what to do, and the request to quote', () => {
  const error = new ClientError('rate_limited', 'too many requests', { requestId: 'request-1' })
  const { printed, remarked } = reported(error, false)
  assert.deepEqual(printed, [])
  assert.deepEqual(remarked, [
    'error too many requests (rate_limited, request request-1)',
    'what to do: docs/errors.md, "rate_limited"',
  ])
  assert.match(reported(new ClientError('network', 'x'), false).remarked[1] ?? '', /perf-aggregator serve.*--url/)
})

test('how long to wait is said, not only that', () => {
  const error = new ClientError('rate_limited', 'too many requests', { retryAfterSeconds: 42 })
  assert.equal(reported(error, false).remarked[1], 'what to do: try again in 42 s')
  assert.deepEqual(JSON.parse(reported(error, true).printed[0] ?? ''), {
    error: { code: 'rate_limited', message: 'too many requests', retry_after_seconds: 42 },
  })
  assert.match(reported(new ClientError('wait_exceeded', 'x'), false).remarked[1] ?? '', /perf-aggregator summary/)
})

test('nobody draws on the terminal with a message', () => {
  const drawn = 'gone\u001b[2J\r\nVERIFIED\u009b2J\u202e'
  for (const error of [new UsageError(drawn), new ClientError('x', drawn), new ClientError(drawn, 'x')]) {
    const { remarked } = reported(error, false)
    assert.ok(remarked.join('').includes('gone?[2J??VERIFIED?2J?'))
    for (const line of remarked) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u)
  }
  const two = new EnclaveError('configuration', 'TEE: one of several\nENCLAVE_PORT: a number')
  assert.match(reported(two, false).remarked[0] ?? '', /several\nENCLAVE_PORT/)
})

test('a program is given the request id', () => {
  const { printed } = reported(new ClientError('rate_limited', 'x', { requestId: 'request-1' }), true)
  assert.deepEqual(JSON.parse(printed[0] ?? ''), {
    error: { code: 'rate_limited', message: 'x', request_id: 'request-1' },
  })
})

test('whoever interrupted it is told nothing', () => {
  assert.deepEqual(reported(new Interrupted(), true), { code: 130, printed: [], remarked: [] })
})
