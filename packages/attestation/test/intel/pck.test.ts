import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derValue, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { INTEL_ROOTS } from '../../src/roots/index.ts'
import { type Alteration, failures, judge, NOW, PPID } from './machines.ts'

const DAY = 86_400
const other = vendorKey('p256', 'another')
const none = new Uint8Array(0)

const REFUSED: readonly (readonly [what: string, alteration: Alteration, ...codes: string[]])[] = [
  ['a root that is not pinned', { roots: INTEL_ROOTS }, 'root_untrusted'],
  ['a revoked PCK', { revoked: ['pck'] }, 'x509_revoked'],
  ['a revoked PCK CA', { revoked: ['ca'] }, 'x509_revoked'],
  ['a revoked signer of TCB info', { revoked: ['signer'] }, 'x509_revoked'],
  ['revocation lists that have expired', { crlDates: { thisUpdate: NOW - DAY, nextUpdate: NOW - 1 } }, 'crl_expired'],
  ['revocation lists of tomorrow', { crlDates: { thisUpdate: NOW + 1, nextUpdate: NOW + DAY } }, 'crl_not_yet_valid'],
  ['a PCK CRL signed by another key', { signers: { pckCrl: other } }, 'crl_signature_invalid'],
  ['a root CRL signed by another key', { signers: { rootCrl: other } }, 'crl_signature_invalid'],
  [
    'a PCK CRL in place of the root CRL',
    { collateral: (made) => ({ 'root-ca-crl': made['pck-crl'] }) },
    'crl_missing',
    'crl_issuer_mismatch',
    'crl_signature_invalid',
  ],
  ['bytes that are no CRL', { collateral: () => ({ 'pck-crl': Uint8Array.of(1, 2, 3) }) }, 'crl_malformed'],
  [
    'another issuer chain of the PCK CRL',
    { collateral: (made) => ({ 'pck-crl-issuer-chain': made['tcb-info-issuer-chain'] }) },
    'intel_pck_crl_issuer_mismatch',
  ],
  ['a PCK that has expired', { certificates: { pck: { notAfter: NOW - 1 } } }, 'x509_expired'],
  ['a PCK of tomorrow', { certificates: { pck: { notBefore: NOW + 1 } } }, 'x509_not_yet_valid'],
  [
    'a leaf of another name',
    { certificates: { pck: { subject: 'Intel SGX TCB Signing' } } },
    'intel_pck_issuer_unknown',
  ],
  ['a CA of another name', { certificates: { ca: { subject: 'Intel SGX PCK Other CA' } } }, 'intel_pck_issuer_unknown'],
  ['a PCK signed by another key', { certificates: { pck: { signer: other } } }, 'x509_signature_invalid'],
  [
    'a CA that may not be one',
    { certificates: { ca: { keyUsage: [0] } } },
    'x509_key_usage',
    'crl_issuer_mismatch',
    'crl_signature_invalid',
  ],
  [
    'a signer of TCB info of another name',
    { certificates: { signer: { subject: 'Intel SGX PCK Certificate' } } },
    'intel_tcb_signer_unknown',
  ],
  ['a signer of TCB info that has expired', { certificates: { signer: { notAfter: NOW - 1 } } }, 'x509_expired'],
]

for (const [what, alteration, ...codes] of REFUSED) {
  test(`refused: ${what}`, async () => {
    assert.deepEqual((await failures(alteration)).toSorted(), codes.toSorted())
  })
}

test('without the extension nothing is known about the platform', async () => {
  for (const pckExtension of [
    () => none,
    (value: Uint8Array) => value.slice(0, -1),
    (value: Uint8Array) => derValue(0x30, value),
    (value: Uint8Array) => derValue(0x30, value.slice(4), value.slice(4)),
  ]) {
    const verdict = await judge({ pckExtension })
    assert.ok(!verdict.accepted)
    assert.deepEqual(verdict.failures, ['intel_pck_extension_malformed', 'tcb_status_refused', 'platform_unknown'])
    assert.equal(verdict.unverifiedClaims?.platform, null)
  }
})

test('only the machines on the list are accepted', async () => {
  assert.deepEqual(await failures({ platform: { ppid: PPID.with(0, 1) } }), ['platform_unknown'])
  assert.deepEqual(await failures({ tdx: { platforms: [] } }), ['platform_unknown'])
})
