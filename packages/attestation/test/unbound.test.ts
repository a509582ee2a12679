/** Evidence without our binding: what the engine still checks, with a family made up for the purpose. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Appraiser,
  appraisers,
  type Claims,
  type FailureCode,
  hardwareOnlyPolicy,
  type Policy,
  skip,
  type Verdict,
  verify,
} from '../src/index.ts'
import { bytes, mathematics } from './fixtures.ts'

const NOW = 1_790_000_000
const nonce = bytes(32)
const measurement = bytes(48)

const CLAIMS: Claims = {
  measurements: { MEASUREMENT: measurement },
  reportData: Uint8Array.of(...nonce, ...new Uint8Array(32)),
  nonce: null,
  debug: false,
  issuedAt: null,
  platform: { kind: 'chip-id', id: bytes(64) },
  tcb: null,
  details: { family: 'simulator' },
}

/** Believes everything. */
function family(claims: Partial<Claims> = {}, indispensable: Appraiser['indispensable'] = []): Appraiser {
  return {
    type: 'snp',
    indispensable,
    isPolicy: () => true,
    appraise: async () => ({
      checks: [{ name: 'signature', outcome: 'passed', expected: '', found: '' }],
      claims: { ...CLAIMS, ...claims },
      terms: [
        { what: 'one', notBefore: 10, notAfter: 30 },
        { what: 'another', notBefore: 20, notAfter: 40 },
      ],
    }),
  }
}

async function judge(appraiser: Appraiser, policy: Policy = hardwareOnlyPolicy('snp')): Promise<Verdict> {
  const evidence = { type: 'snp', quote: bytes(10), binding: null }
  return verify(evidence, [], policy, NOW, mathematics, appraisers(appraiser))
}

async function failures(...asked: Parameters<typeof judge>): Promise<readonly FailureCode[]> {
  const verdict = await judge(...asked)
  return verdict.accepted ? [] : verdict.failures
}

test('it is accepted without any keys, with the time during which all of it holds', async () => {
  const verdict = await judge(family())
  assert.ok(verdict.accepted)
  assert.equal(verdict.enclave, null)
  assert.equal(verdict.at, NOW)
  assert.deepEqual(verdict.claims.measurements, { MEASUREMENT: measurement })
  assert.deepEqual(verdict.validity, {
    notBefore: 20,
    notAfter: 30,
    boundBy: { notBefore: 'another', notAfter: 'one' },
  })
})

test('the nonce stands in its slot, or fills the report data', async () => {
  const policy = hardwareOnlyPolicy('snp', { nonce })
  assert.deepEqual(await failures(family(), policy), [])
  assert.deepEqual(await failures(family({ nonce }), policy), [])
  assert.deepEqual(await failures(family({ nonce: bytes(32) }), policy), ['nonce_mismatch'])
  assert.deepEqual(await failures(family({ nonce: Uint8Array.of(...nonce, 0) }), policy), ['nonce_mismatch'])
  assert.deepEqual(await failures(family({ reportData: bytes(64) }), policy), ['nonce_mismatch'])
  assert.deepEqual(await failures(family({ reportData: null }), policy), ['nonce_mismatch'])
  const empty = hardwareOnlyPolicy('snp', { nonce: new Uint8Array(0) })
  assert.deepEqual(await failures(family({ reportData: new Uint8Array(64) }), empty), ['nonce_mismatch'])
})

test('a policy that wants the binding, or keys that last, is not satisfied', async () => {
  const policy = hardwareOnlyPolicy('snp')
  assert.deepEqual(await failures(family(), { ...policy, binding: 'required' }), ['binding_malformed'])
  assert.deepEqual(await failures(family(), { ...policy, notAfter: 'ahead' }), ['keys_expired'])
})

test('debug is refused, whatever else is not asked', async () => {
  assert.deepEqual(await failures(family({ debug: true })), ['debug_enabled'])
  const lax = { ...hardwareOnlyPolicy('snp'), debug: skip('please') } as unknown as Policy
  assert.deepEqual(await failures(family({ debug: true }), lax), ['policy_malformed'])
})

test('platforms and measurements are held against their lists', async () => {
  const policy = hardwareOnlyPolicy('snp')
  const own = policy.families.snp
  assert.ok(own && CLAIMS.platform)
  const asking = (part: object): Policy => ({ ...policy, families: { snp: { ...own, ...part } } })
  assert.deepEqual(await failures(family(), asking({ platforms: [bytes(64), CLAIMS.platform.id] })), [])
  assert.deepEqual(await failures(family(), asking({ platforms: [bytes(64)] })), ['platform_unknown'])
  assert.deepEqual(await failures(family(), asking({ platforms: [] })), ['platform_unknown'])
  assert.deepEqual(await failures(family({ platform: null }), asking({ platforms: [bytes(64)] })), ['platform_unknown'])
  const registers = { MEASUREMENT: measurement }
  assert.deepEqual(await failures(family(), asking({ measurements: [{ registers }] })), [])
  assert.deepEqual(await failures(family({ measurements: {} }), asking({ measurements: [{ registers }] })), [
    'measurement_unknown',
  ])
  assert.deepEqual(await failures(family(), asking({ measurements: [{ registers: {} }] })), ['measurement_unknown'])
})

test('a family the policy does not name is refused, and one it forgot to check is not accepted', async () => {
  assert.deepEqual(await failures(family(), hardwareOnlyPolicy('tdx')), ['family_refused'])
  const unknown = { ...hardwareOnlyPolicy('snp'), families: { sev: {} } } as unknown as Policy
  assert.deepEqual(await failures(family(), unknown), ['policy_malformed'])
  assert.deepEqual(await failures(family({}, ['root'])), ['evidence_malformed'])
  assert.deepEqual(await failures({ ...family(), isPolicy: () => false }), ['policy_malformed'])
})
