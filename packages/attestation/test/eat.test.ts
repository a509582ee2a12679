import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64Url, decodeUtf8 } from '../src/bytes/index.ts'
import { type Accepted, type Claims, eatClaims } from '../src/index.ts'

const CLAIMS: Claims = {
  measurements: { RTMR0: Uint8Array.of(2), MRTD: Uint8Array.of(1) },
  reportData: Uint8Array.of(0xab),
  nonce: Uint8Array.of(0xff, 0xfe),
  debug: false,
  issuedAt: 100,
  platform: { kind: 'ppid', id: Uint8Array.of(7) },
  tcb: { status: 'UpToDate', advisories: ['INTEL-SA-00615'], components: [] },
  details: { family: 'simulator' },
}

function verdict(claims: Partial<Claims> = {}): Accepted {
  return { accepted: true, checks: [], at: 200, validity: null, enclave: null, claims: { ...CLAIMS, ...claims } }
}

test('what was verified goes by the names of RFC 9711', () => {
  const { iat, submods } = eatClaims(verdict())
  assert.equal(iat, 200)
  const { measurements, ...others } = submods['simulator'] ?? assert.fail()
  assert.deepEqual(others, {
    dbgstat: 'disabled-since-boot',
    eat_nonce: '__4',
    iat: 100,
    report_data: 'ab',
    platform: { kind: 'ppid', id: '07' },
    tcb: { status: 'UpToDate', advisories: ['INTEL-SA-00615'] },
  })
  assert.deepEqual(
    measurements.map(([format, body]) => [format, decodeUtf8(decodeBase64Url(body))]),
    [[50, '{"MRTD":"01","RTMR0":"02"}']],
  )
})

test('what the evidence does not say is left out', () => {
  const nothing = { issuedAt: null, platform: null, tcb: null, reportData: null }
  for (const nonce of [null, new Uint8Array(0)]) {
    const { submods } = eatClaims(verdict({ ...nothing, nonce }))
    assert.deepEqual(Object.keys(submods['simulator'] ?? {}), ['dbgstat', 'measurements'])
  }
})
