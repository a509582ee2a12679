import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CrlOptions,
  der,
  KEY_USAGES,
  makeCertificate,
  makeCrl,
  makeName,
  vendorKey,
} from '../../../testkit/src/vendor-pki/index.ts'
import type { FailureCode } from '../../src/index.ts'
import {
  appraiseRevocation,
  type RevocationAppraisal,
  readCertificate,
  type X509Certificate,
} from '../../src/x509/index.ts'
import { mathematics } from '../mathematics.ts'

const NOW = 1_790_000_000
const DAY = 86_400

const term = { notBefore: NOW - DAY, notAfter: NOW + DAY }
const URI = 'http://crl.example/list.crl'

const root = makeCertificate({ subject: 'root', key: vendorKey('p384', 'root'), ca: {}, ...term })
const lower = makeCertificate({
  subject: 'lower',
  key: vendorKey('p384', 'lower'),
  issuer: root,
  ca: {},
  crlUris: [URI],
  ...term,
})
const leaf = makeCertificate({ subject: 'leaf', key: vendorKey('p384', 'leaf'), issuer: lower, ...term })
const chain = [leaf, lower, root].map((one) => readCertificate(one.der))

function list(alter: Partial<CrlOptions> = {}): Uint8Array {
  return makeCrl({ issuer: lower, thisUpdate: NOW - 10, nextUpdate: NOW + 10, ...alter })
}

async function appraise(
  lists: readonly Uint8Array[],
  covered: (certificate: X509Certificate, index: number) => boolean = (_one, index) => index === 0,
  of = chain,
): Promise<RevocationAppraisal> {
  return appraiseRevocation(of, lists, { what: 'test chain', now: NOW, mathematics, covered })
}

async function failures(...asked: Parameters<typeof appraise>): Promise<readonly FailureCode[]> {
  const { checks } = await appraise(...asked)
  return checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
}

test('a list of the issuer that names others holds, with its term', async () => {
  const appraisal = await appraise([list({ revoked: [Uint8Array.of(1), Uint8Array.of(2, 3)] })])
  assert.ok(appraisal.checks.every(({ outcome }) => outcome === 'passed'))
  assert.deepEqual(
    appraisal.checks.map(({ name }) => name),
    [
      'crl_form',
      'crl_issuer',
      'crl_critical',
      'crl_not_before',
      'crl_not_after',
      'crl_signature',
      'crl_coverage',
      'revocation',
    ],
  )
  assert.deepEqual(appraisal.terms, [
    { what: 'test chain, revocation list 1', notBefore: NOW - 10, notAfter: NOW + 10 },
  ])
})

test('a list without extensions holds, and revokes', async () => {
  assert.deepEqual(await failures([list({ withoutExtensions: true })]), [])
  assert.deepEqual(await failures([list({ withoutExtensions: true, revoked: [leaf.serial] })]), ['x509_revoked'])
})

test('no list is fine only where none is needed', async () => {
  assert.deepEqual(await failures([], () => false), [])
  assert.deepEqual(await failures([]), ['crl_missing'])
  assert.deepEqual(await failures([list()], () => true), ['crl_missing'])
  assert.deepEqual(await failures([list(), list({ issuer: root })], () => true), [])
})

const unknown = { oid: '1.3.6.1.4.1.55555.1', isCritical: true, value: der.null() }
const scope = (...parts: readonly Uint8Array[]) => [
  { oid: '2.5.29.28', isCritical: true, value: der.sequence(...parts) },
]
const at = (uri: string) => der.explicit(0, der.explicit(0, der.implicit(6, Buffer.from(uri))))

const REFUSED: readonly (readonly [what: string, alter: Partial<CrlOptions>, codes: readonly FailureCode[]])[] = [
  ['the leaf revoked', { revoked: [Uint8Array.of(9), leaf.serial] }, ['x509_revoked']],
  [
    'another issuer',
    { issuerName: makeName('elsewhere') },
    ['crl_issuer_mismatch', 'crl_signature_invalid', 'crl_missing'],
  ],
  ['a list by the leaf', { issuer: leaf }, ['crl_issuer_mismatch', 'crl_signature_invalid', 'crl_missing']],
  ['another signer', { signer: vendorKey('p384', 'somebody else') }, ['crl_signature_invalid']],
  ['a list that has not begun', { thisUpdate: NOW + 1 }, ['crl_not_yet_valid']],
  ['a list that has ended', { nextUpdate: NOW - 1 }, ['crl_expired']],
  ['a critical extension', { extensions: [unknown] }, ['crl_critical_extension']],
  [
    'a critical extension of an entry',
    { revoked: [Uint8Array.of(9)], entryExtensions: [unknown] },
    ['crl_critical_extension'],
  ],
  ['a list of CAs only', { extensions: scope(der.implicit(2, Uint8Array.of(0xff))) }, ['crl_missing']],
  ['a list of another distribution point', { extensions: scope(at(URI)) }, ['crl_missing']],
  ['an indirect list', { extensions: scope(der.implicit(4, Uint8Array.of(0xff))) }, ['crl_malformed']],
  ['a list of version 1', { version: 0 }, ['crl_malformed']],
]

for (const [what, alter, codes] of REFUSED) {
  test(`${what}: ${codes.join(', ')}`, async () => assert.deepEqual(await failures([list(alter)]), codes))
}

test('a list may belong to the distribution point a certificate names', async () => {
  const own = list({ issuer: root, extensions: scope(at(URI), der.implicit(2, Uint8Array.of(0xff))) })
  assert.deepEqual(await failures([own], (_one, index) => index === 1), [])
  const users = list({ extensions: scope(der.implicit(1, Uint8Array.of(0xff))) })
  assert.deepEqual(await failures([users]), [])
})

test('a revoked CA is found, and a serial counts for its issuer only', async () => {
  assert.deepEqual(await failures([list(), list({ issuer: root, revoked: [lower.serial] })]), ['x509_revoked'])
  assert.deepEqual(await failures([list(), list({ issuer: root, revoked: [leaf.serial] })]), [])
})

test('a CA that may not sign lists signs none', async () => {
  const weak = makeCertificate({
    subject: 'lower',
    key: lower.key,
    issuer: root,
    ca: {},
    keyUsage: [KEY_USAGES.keyCertSign],
    ...term,
  })
  const of = [leaf, weak, root].map((one) => readCertificate(one.der))
  assert.deepEqual(await failures([list()], undefined, of), ['crl_issuer_mismatch', 'crl_signature_invalid'])
})

test('a list nobody needs must hold all the same', async () => {
  const expired = list({ issuer: root, nextUpdate: NOW - 1 })
  assert.deepEqual(await failures([list(), expired]), ['crl_expired'])
})

test('every byte of a list, altered, breaks it', async () => {
  const genuine = list({ revoked: [Uint8Array.of(9)] })
  for (let index = 0; index < genuine.length; index++) {
    const altered = genuine.slice()
    altered[index]! ^= 1 << (index % 8)
    assert.notDeepEqual(await failures([altered]), [], `byte ${index}`)
  }
})
