import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip } from '../../src/index.ts'
import { type Alteration, failures, judge, put } from './machines.ts'

const tdAttributes = (...bytes: readonly number[]): Alteration => ({ tee: 'tdx', body: put(120, ...bytes) })
const xfam = (...bytes: readonly number[]): Alteration => ({ tee: 'tdx', body: put(128, ...bytes) })
const sgx = (at: number, ...bytes: readonly number[]): Alteration => ({ tee: 'sgx', body: put(at, ...bytes) })
const later = (at: number, ...bytes: readonly number[]): Alteration => ({
  tee: 'tdx',
  version: 5,
  body: put(at, ...bytes),
})

const REFUSED: readonly (readonly [what: string, alteration: Alteration, ...codes: string[]])[] = [
  ['an enclave under debug', sgx(48, 0x07), 'debug_enabled'],
  ['an enclave that is not initialised', sgx(48, 0x04), 'sgx_attributes_invalid'],
  ['an enclave of 32 bits', sgx(48, 0x01), 'sgx_attributes_invalid'],
  ['a reserved attribute of an enclave', sgx(48, 0x0d), 'sgx_attributes_invalid'],
  ['a reserved attribute of an enclave, later', sgx(55, 0x80), 'sgx_attributes_invalid'],
  ['a reserved byte of the report', sgx(100, 1), 'sgx_attributes_invalid'],
  ['another MRENCLAVE', sgx(64, 0), 'measurement_unknown'],
  ['another MRSIGNER', sgx(128, 0), 'measurement_unknown'],
  ['another product', sgx(256, 8), 'sgx_isvprodid_mismatch'],
  ['an enclave that is too old', sgx(258, 2), 'sgx_isvsvn_too_low'],
  ['another configuration', sgx(192, 1), 'sgx_configid_mismatch'],
  ['a TD under debug', tdAttributes(1), 'debug_enabled'],
  ['a TD that is profiled', tdAttributes(0x10), 'debug_enabled'],
  ['a reserved attribute of a TD', tdAttributes(0, 1), 'tdx_attributes_reserved'],
  ['a reserved attribute of a TD, later', tdAttributes(0, 0, 0, 0x10, 1), 'tdx_attributes_reserved'],
  ['a provisioning agent', tdAttributes(0, 0, 0, 0x10, 0, 0, 0, 0x40), 'tdx_attributes_reserved'],
  ['a TD whose pages the host can make fault', tdAttributes(0, 0, 0, 0), 'tdx_sept_ve_not_disabled'],
  ['a TD that may migrate', tdAttributes(0, 0, 0, 0x30), 'tdx_migratable'],
  ['features without SSE', xfam(0xe5), 'tdx_xfam_invalid'],
  ['features no TD can be given', xfam(0xe7, 0x02, 0x08), 'tdx_xfam_invalid'],
  ['another MRTD', { body: put(136, 0) }, 'measurement_unknown'],
  ['another RTMR0', { body: put(328, 0) }, 'measurement_unknown'],
  ['another RTMR3', { body: put(472, 0) }, 'measurement_unknown'],
  ['an MRCONFIGID', { body: put(184, 1) }, 'tdx_mrconfigid_mismatch'],
  ['an MROWNER', { body: put(232, 1) }, 'tdx_mrowner_mismatch'],
  ['an MROWNERCONFIG', { body: put(280, 1) }, 'tdx_mrownerconfig_mismatch'],
  ['a service TD', later(600, 1), 'tdx_mrservicetd_mismatch'],
]

for (const [what, alteration, ...codes] of REFUSED) {
  test(`refused: ${what}`, async () => {
    assert.deepEqual(await failures(alteration), codes)
  })
}

test('what is pinned is accepted, and no other', async () => {
  const digest = new Uint8Array(48).with(0, 1)
  assert.deepEqual(await failures({ ...later(600, 1), tdx: { mrServiceTd: digest } }), [])
  assert.deepEqual(await failures({ ...later(600, 2), tdx: { mrServiceTd: digest } }), ['tdx_mrservicetd_mismatch'])
  assert.deepEqual(await failures({ tdx: { mrServiceTd: digest } }), ['tdx_mrservicetd_mismatch'])
  assert.deepEqual(await failures({ body: put(232, 1), tdx: { mrOwner: digest } }), [])
  const configId = new Uint8Array(64).with(0, 1)
  assert.deepEqual(await failures({ ...sgx(192, 1), sgx: { configId } }), [])
})

test('what is skipped is not looked at, and the verdict says so', async () => {
  const reason = skip('a test')
  const verdict = await judge({
    tee: 'tdx',
    body: (body) => put(120, 0, 0, 0, 0x20)(put(184, 1)(body)),
    tdx: { septVeDisable: reason, migratable: reason, mrConfigId: reason, minTcbEvaluationDataNumber: reason },
  })
  assert.ok(verdict.accepted)
  const skipped = verdict.checks.flatMap((one) =>
    one.outcome === 'skipped' && one.reason === 'a test' ? [one.name] : [],
  )
  assert.deepEqual(skipped.toSorted(), [
    'intel_tcb_evaluation',
    'tdx_migratable',
    'tdx_mrconfigid',
    'tdx_sept_ve_disable',
  ])
})

test('all that fails is told at once', async () => {
  const codes = await failures({
    tee: 'tdx',
    revoked: ['pck'],
    body: (body) => put(120, 1, 0, 0, 0x20)(put(136, 0)(body)),
    qeIdentity: (identity) => ({ ...identity, isvprodid: 9 }),
  })
  assert.deepEqual(codes.toSorted(), [
    'debug_enabled',
    'intel_qe_isvprodid_mismatch',
    'measurement_unknown',
    'tdx_migratable',
    'tdx_sept_ve_not_disabled',
    'x509_revoked',
  ])
})

test('claims are those of the quote', async () => {
  const verdict = await judge({ tee: 'sgx' })
  assert.ok(verdict.accepted)
  const { claims } = verdict
  assert.deepEqual(claims.reportData, new Uint8Array(64).fill(0xd4))
  assert.deepEqual(claims.platform, { kind: 'ppid', id: new Uint8Array(16).fill(0x5a) })
  assert.ok(claims.details.family === 'sgx')
  assert.deepEqual(
    [claims.details.isvProdId, claims.details.isvSvn, claims.details.tcbEvaluationDataNumber],
    [7, 3, 20],
  )
  assert.equal(Buffer.from(claims.details.fmspc ?? []).toString('hex'), '00906ed50000')
})
