import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { endorsement } from '../../src/index.ts'
import { type Alteration, bytesOf, failures, found, judge, members, NOW, text } from './machines.ts'

const other = vendorKey('p256', 'another')
const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

const MISSING = {
  'tcb-info': ['intel_collateral_missing', 'tcb_status_refused', 'intel_tcb_evaluation_too_old'],
  'tcb-info-issuer-chain': ['intel_collateral_missing', 'chain_malformed', 'intel_tcb_info_signature_invalid'],
  'qe-identity': ['intel_collateral_missing', 'tcb_status_refused', 'intel_tcb_evaluation_too_old'],
  'qe-identity-issuer-chain': ['intel_collateral_missing', 'chain_malformed', 'intel_qe_identity_signature_invalid'],
  'pck-crl': ['intel_collateral_missing', 'crl_missing'],
  'root-ca-crl': ['intel_collateral_missing', 'crl_missing'],
} as const

for (const tee of ['sgx', 'tdx'] as const) {
  for (const [name, codes] of Object.entries(MISSING)) {
    test(`refused: ${tee} without ${name}`, async () => {
      assert.deepEqual(await failures({ tee, collateral: () => ({ [name]: undefined }) }), codes)
    })
  }
}

test('the issuer chain of the PCK CRL may be left out: it is the one of the PCK', async () => {
  assert.deepEqual(await failures({ collateral: () => ({ 'pck-crl-issuer-chain': undefined }) }), [])
})

test('without any collateral nothing passes', async () => {
  const codes = await failures({ endorsements: () => [] })
  assert.ok(codes.includes('intel_collateral_missing'))
})

test('what this family does not look at is refused', async () => {
  const extra = endorsement('certificate', new Uint8Array(3))
  assert.ok((await failures({ endorsements: (made) => [...made, extra] })).includes('endorsements_malformed'))
})

test('issuer chains may differ: each is then looked at alone', async () => {
  const crlf = (chain: Uint8Array): Uint8Array => bytesOf(text(chain).replaceAll('\n', '\r\n'))
  const verdict = await judge({
    collateral: (made) => ({ 'qe-identity-issuer-chain': crlf(made['qe-identity-issuer-chain']) }),
  })
  assert.ok(verdict.accepted)
  assert.equal(verdict.checks.filter(({ name }) => name === 'intel_tcb_signer').length, 2)
})

const REFUSED: readonly (readonly [what: string, alteration: Alteration, ...codes: string[]])[] = [
  [
    'TCB info that was printed prettily',
    { collateral: (made) => ({ 'tcb-info': pretty(made['tcb-info'], 'tcbInfo') }) },
    'intel_tcb_info_signature_invalid',
  ],
  [
    'a QE identity that was printed prettily',
    { collateral: (made) => ({ 'qe-identity': pretty(made['qe-identity'], 'enclaveIdentity') }) },
    'intel_qe_identity_signature_invalid',
  ],
  ['TCB info signed by another key', { signers: { tcbInfo: other } }, 'intel_tcb_info_signature_invalid'],
  ['a QE identity signed by another key', { signers: { qeIdentity: other } }, 'intel_qe_identity_signature_invalid'],
  ['TCB info that has expired', { tcbInfo: members({ nextUpdate: iso(NOW - 1) }) }, 'intel_tcb_info_expired'],
  ['TCB info of tomorrow', { tcbInfo: members({ issueDate: iso(NOW + 1) }) }, 'intel_tcb_info_not_yet_valid'],
  [
    'a QE identity that has expired',
    { qeIdentity: members({ nextUpdate: iso(NOW - 1) }) },
    'intel_qe_identity_expired',
  ],
  [
    'a QE identity of tomorrow',
    { qeIdentity: members({ issueDate: iso(NOW + 1) }) },
    'intel_qe_identity_not_yet_valid',
  ],
  [
    'TCB info about another FMSPC',
    { tcbInfo: members({ fmspc: '00A067110000' }) },
    'intel_tcb_info_of_other_platform',
    'tcb_status_refused',
  ],
  [
    'TCB info about another PCE',
    { tcbInfo: members({ pceId: '0001' }) },
    'intel_tcb_info_of_other_platform',
    'tcb_status_refused',
  ],
  [
    'TCB info of an older evaluation',
    { tcbInfo: members({ tcbEvaluationDataNumber: 19 }) },
    'intel_tcb_evaluation_too_old',
  ],
  [
    'a QE identity of an older evaluation',
    { qeIdentity: members({ tcbEvaluationDataNumber: 19 }) },
    'intel_tcb_evaluation_too_old',
  ],
  [
    'TCB info without an evaluation',
    { tcbInfo: members({ tcbEvaluationDataNumber: undefined }) },
    'intel_tcb_evaluation_too_old',
  ],
  [
    'a QE identity with another MRSIGNER',
    { qeIdentity: members({ mrsigner: '00'.repeat(32) }) },
    'intel_qe_mrsigner_mismatch',
  ],
  ['a QE identity with another product', { qeIdentity: members({ isvprodid: 9 }) }, 'intel_qe_isvprodid_mismatch'],
  [
    'a QE identity with other attributes',
    { qeIdentity: members({ attributes: '15000000000000000000000000000000', attributesMask: 'FF'.repeat(16) }) },
    'intel_qe_attributes_mismatch',
  ],
  [
    'a QE identity with another MISCSELECT',
    { qeIdentity: members({ miscselect: '00000001' }) },
    'intel_qe_miscselect_mismatch',
  ],
]

for (const [what, alteration, ...codes] of REFUSED) {
  for (const tee of ['sgx', 'tdx'] as const) {
    test(`refused: ${tee} with ${what}`, async () => {
      assert.deepEqual(await failures({ ...alteration, tee }), codes)
    })
  }
}

test('a quoting enclave under debug is not the one of the identity', async () => {
  const codes = await failures({ qeReport: (report) => report.with(48, 0x13) })
  assert.deepEqual(codes, ['intel_qe_attributes_mismatch'])
})

test('bytes a mask leaves out may differ', async () => {
  assert.deepEqual(await failures({ qeReport: (report) => report.with(48, 0x15) }), [])
})

const MALFORMED: readonly (readonly [what: string, document: object])[] = [
  ['of version 1', { version: 1 }],
  ['of version 4', { version: 4 }],
  ['without a date', { issueDate: undefined }],
  ['with a date in another form', { nextUpdate: '2099-01-01' }],
  ['without levels', { tcbLevels: [] }],
  ['with levels that are no list', { tcbLevels: {} }],
  ['of a TEE nobody knows', { id: 'SGX2' }],
  ['with a status nobody knows', { tcbLevels: [{ tcbStatus: 'Fine' }] }],
  ['with an FMSPC of another length', { fmspc: '00906ed500' }],
  ['with another type', { tcbType: 1 }],
  ['without modules', { tdxModule: undefined }],
]

for (const [what, document] of MALFORMED) {
  test(`refused: TCB info ${what}`, async () => {
    const codes = await failures({ tcbInfo: members({ ...document }) })
    assert.deepEqual(codes, ['intel_tcb_info_malformed', 'tcb_status_refused', 'intel_tcb_evaluation_too_old'])
  })
}

test('refused: documents about another TEE, each by its own code', async () => {
  const tcbInfo = await failures({ tcbInfo: members({ id: 'SGX' }) })
  assert.deepEqual(tcbInfo, ['intel_tcb_info_of_other_tee', 'tcb_status_refused', 'intel_tcb_evaluation_too_old'])
  const qeIdentity = await failures({ qeIdentity: members({ id: 'QE' }) })
  assert.deepEqual(qeIdentity, ['intel_qe_identity_of_other_tee', 'tcb_status_refused', 'intel_tcb_evaluation_too_old'])
})

test('a document is read in the one form it is served in', async () => {
  const signature = ',"signature":"'
  for (const alter of [
    (document: string) => ` ${document}`,
    (document: string) => `${document} `,
    (document: string) => `${document}\n\n`,
    (document: string) => document.replace('{"tcbInfo":', '{ "tcbInfo":'),
    (document: string) => document.replace(signature, `,"more":1${signature}`),
    (document: string) => document.replace(signature, `,${signature.slice(1).toUpperCase()}`),
    (document: string) => document.slice(0, -2),
    (document: string) => document.replace(/"signature":"../, '"signature":"'),
    () => '',
    () => '{"tcbInfo":{},"signature":""}',
  ]) {
    const codes = await failures({
      collateral: (made) => ({ 'tcb-info': bytesOf(alter(text(made['tcb-info']))) }),
    })
    assert.ok(codes.includes('intel_tcb_info_malformed'), alter('{"tcbInfo":'))
  }
  const saved = {
    collateral: (made: { 'tcb-info': Uint8Array }) => ({ 'tcb-info': bytesOf(`${text(made['tcb-info'])}\n`) }),
  }
  assert.deepEqual(await failures(saved), [])
})

test('validity is the intersection of everything', async () => {
  const verdict = await judge({
    tcbInfo: members({ issueDate: iso(NOW - 60) }),
    qeIdentity: members({ nextUpdate: iso(NOW + 30) }),
  })
  assert.deepEqual(verdict.validity, {
    notBefore: NOW - 60,
    notAfter: NOW + 30,
    boundBy: { notBefore: 'TCB info', notAfter: 'QE identity' },
  })
  assert.match(await found({ at: NOW + 86_401 }, 'intel_tcb_info_not_after'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
})

function pretty(document: Uint8Array, member: string): Uint8Array {
  const { [member]: inner, signature } = JSON.parse(text(document)) as Record<string, unknown>
  return bytesOf(`{"${member}":${JSON.stringify(inner, null, 2)},"signature":"${String(signature)}"}`)
}
