import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CertificateOptions,
  der,
  KEY_USAGES,
  makeCertificate,
  makeName,
  sha256Hex,
  vendorKey,
} from '../../../testkit/src/vendor-pki/index.ts'
import type { FailureCode, Mathematics } from '../../src/index.ts'
import { appraiseChain, type ChainAppraisal } from '../../src/x509/index.ts'
import { mathematics } from '../mathematics.ts'

const NOW = 1_790_000_000
const DAY = 86_400

const term = { notBefore: NOW - DAY, notAfter: NOW + DAY }
const OTHER = vendorKey('p384', 'somebody else')

interface Altered {
  readonly leaf?: Partial<CertificateOptions>
  readonly lower?: Partial<CertificateOptions>
  readonly upper?: Partial<CertificateOptions>
  readonly root?: Partial<CertificateOptions>
}

/** Leaf, lower CA, upper CA and root, with what a test alters about each. */
function chain({ leaf = {}, lower = {}, upper = {}, root = {} }: Altered = {}): readonly Uint8Array[] {
  const top = makeCertificate({ subject: 'root', key: vendorKey('p384', 'root'), ca: {}, ...term, ...root })
  const high = makeCertificate({
    subject: 'upper',
    key: vendorKey('p384', 'upper'),
    issuer: top,
    ca: { pathLength: 1 },
    ...term,
    ...upper,
  })
  const low = makeCertificate({
    subject: 'lower',
    key: vendorKey('p384', 'lower'),
    issuer: high,
    ca: { pathLength: 0 },
    ...term,
    ...lower,
  })
  const end = makeCertificate({ subject: 'leaf', key: vendorKey('p256', 'leaf'), issuer: low, ...term, ...leaf })
  return [end.der, low.der, high.der, top.der]
}

async function appraise(
  certificates: readonly Uint8Array[],
  { root = certificates.at(-1), now = NOW, port = mathematics, length = [4] as readonly number[] } = {},
): Promise<ChainAppraisal> {
  return appraiseChain(certificates, {
    what: 'test chain',
    roots: [sha256Hex(root ?? new Uint8Array())],
    length,
    now,
    mathematics: port,
  })
}

function failures({ checks }: Pick<ChainAppraisal, 'checks'>): readonly FailureCode[] {
  return checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
}

test('a chain to the pinned root holds, every check named, with its terms', async () => {
  const appraisal = await appraise(chain())
  assert.deepEqual(failures(appraisal), [])
  assert.deepEqual(
    appraisal.checks.map(({ name }) => name),
    [
      'chain_form',
      'root',
      'chain_names',
      'chain_key_ids',
      'chain_ca',
      'chain_path_length',
      'chain_key_usage',
      'chain_critical',
      'chain_not_before',
      'chain_not_after',
      'chain_signatures',
    ],
  )
  assert.equal(appraisal.certificates?.length, 4)
  assert.deepEqual(appraisal.terms[0], { what: 'test chain, certificate 1 of 4 (leaf)', ...term })
})

test('every kind of key and signature of the profile holds', async () => {
  for (const kind of ['p256', 'p384', 'rsa2048'] as const) {
    const key = vendorKey(kind, 'a root')
    const root = makeCertificate({ subject: 'root', key, ca: {}, ...term })
    const leaf = makeCertificate({ subject: 'leaf', key: vendorKey('p384', 'leaf'), issuer: root, ...term })
    assert.deepEqual(failures(await appraise([leaf.der, root.der], { length: [2, 3] })), [], kind)
  }
  const key = vendorKey('rsa2048', 'a root')
  const root = makeCertificate({ subject: 'root', key, ca: {}, scheme: 'rsa-pkcs1-sha256', ...term })
  const leaf = makeCertificate({ subject: 'leaf', key, issuer: root, scheme: 'rsa-pkcs1-sha256', ...term })
  assert.deepEqual(failures(await appraise([leaf.der, root.der], { length: [2] })), [])
})

test('what vendors leave out may be missing: constraints, usage and identifiers of a leaf', async () => {
  const extensions = [{ oid: '1.3.6.1.4.1.55555.1', value: der.null() }]
  const leaf = { withoutBasicConstraints: true, withoutKeyIds: true, keyUsage: null, serial: 0, extensions }
  assert.deepEqual(failures(await appraise(chain({ leaf }))), [])
})

const unknown = { oid: '1.3.6.1.4.1.55555.1', isCritical: true, value: der.null() }

const REFUSED: readonly (readonly [what: string, altered: Altered, code: FailureCode])[] = [
  ['a leaf that names another issuer', { leaf: { issuerName: makeName('elsewhere') } }, 'x509_issuer_mismatch'],
  ['a CA that names another issuer', { lower: { issuerName: makeName('elsewhere') } }, 'x509_issuer_mismatch'],
  ['a root that names another issuer', { root: { issuerName: makeName('elsewhere') } }, 'x509_issuer_mismatch'],
  ['a leaf that names another issuer key', { leaf: { authorityKeyId: new Uint8Array(20) } }, 'x509_key_id_mismatch'],
  ['a leaf that is a CA', { leaf: { ca: { pathLength: 0 }, keyUsage: [KEY_USAGES.digitalSignature] } }, 'x509_not_ca'],
  ['a CA without constraints', { lower: { withoutBasicConstraints: true } }, 'x509_not_ca'],
  ['a root without constraints', { root: { withoutBasicConstraints: true } }, 'x509_not_ca'],
  ['one CA too many below', { upper: { ca: { pathLength: 0 } } }, 'x509_path_too_long'],
  ['two CAs too many below', { root: { ca: { pathLength: 1 } } }, 'x509_path_too_long'],
  ['a CA that may not sign certificates', { lower: { keyUsage: [KEY_USAGES.crlSign] } }, 'x509_key_usage'],
  ['a CA that does not say what it may', { upper: { keyUsage: null } }, 'x509_key_usage'],
  ['a leaf that may not sign', { leaf: { keyUsage: [2] } }, 'x509_key_usage'],
  ['a critical extension of the leaf', { leaf: { extensions: [unknown] } }, 'x509_critical_extension'],
  ['a critical extension of a CA', { upper: { extensions: [unknown] } }, 'x509_critical_extension'],
  ['a leaf that has not begun', { leaf: { notBefore: NOW + 1 } }, 'x509_not_yet_valid'],
  ['a CA that has not begun', { upper: { notBefore: NOW + 1 } }, 'x509_not_yet_valid'],
  ['a leaf that has ended', { leaf: { notAfter: NOW - 1 } }, 'x509_expired'],
  ['a CA that has ended', { lower: { notAfter: NOW - 1 } }, 'x509_expired'],
  ['a root that has ended', { root: { notAfter: NOW - 1 } }, 'x509_expired'],
  ['a leaf signed by another key', { leaf: { signer: OTHER } }, 'x509_signature_invalid'],
  ['a CA signed by another key', { upper: { signer: OTHER } }, 'x509_signature_invalid'],
  [
    'a leaf signed by a key of another kind',
    { leaf: { signer: vendorKey('p256', 'somebody else') } },
    'x509_signature_invalid',
  ],
]

for (const [what, altered, code] of REFUSED) {
  test(`${what}: ${code}`, async () => assert.deepEqual(failures(await appraise(chain(altered))), [code]))
}

test('the bounds of validity belong to it', async () => {
  assert.deepEqual(failures(await appraise(chain(), { now: term.notBefore })), [])
  assert.deepEqual(failures(await appraise(chain(), { now: term.notAfter })), [])
  assert.deepEqual(failures(await appraise(chain(), { now: term.notBefore - 1 })), ['x509_not_yet_valid'])
  assert.deepEqual(failures(await appraise(chain(), { now: term.notAfter + 1 })), ['x509_expired'])
})

test('another root than the pinned one', async () => {
  const [pinned] = chain().slice(-1)
  const root = { key: vendorKey('p384', 'another root') }
  assert.deepEqual(failures(await appraise(chain({ root }), { root: pinned })), ['root_untrusted'])
})

test('too few, too many, out of order, or no certificate at all', async () => {
  const [leaf, lower, upper, root] = chain() as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  assert.deepEqual(failures(await appraise([leaf, lower, root])), ['chain_malformed'])
  assert.deepEqual(failures(await appraise([leaf, lower, upper, upper, root])), ['chain_malformed'])
  assert.deepEqual(failures(await appraise([])), ['chain_malformed'])
  assert.deepEqual(failures(await appraise([leaf, lower, upper, root.subarray(1)])), ['chain_malformed'])
  assert.deepEqual(failures(await appraise([leaf, upper, lower, root])), [
    'x509_issuer_mismatch',
    'x509_key_id_mismatch',
    'x509_path_too_long',
    'x509_signature_invalid',
  ])
})

test('all failures are told', async () => {
  const altered: Altered = { leaf: { notAfter: NOW - 1, signer: OTHER }, upper: { keyUsage: [] } }
  assert.deepEqual(failures(await appraise(chain(altered))), [
    'x509_key_usage',
    'x509_expired',
    'x509_signature_invalid',
  ])
})

test('mathematics that fails is no signature and no root', async () => {
  const broken = async (): Promise<never> => Promise.reject(new Error('no crypto here'))
  const port: Mathematics = { digest: broken, verifySignature: broken }
  assert.deepEqual(failures(await appraise(chain(), { port })), ['root_untrusted', 'x509_signature_invalid'])
})

test('every byte of every certificate, altered, breaks the chain', async () => {
  const genuine = chain()
  const root = genuine.at(-1)
  for (const [index, certificate] of genuine.entries()) {
    for (let at = 0; at < certificate.length; at++) {
      const altered = certificate.slice()
      altered[at]! ^= 1 << (at % 8)
      const appraisal = await appraise(genuine.with(index, altered), { root })
      assert.notDeepEqual(failures(appraisal), [], `certificate ${index + 1}, byte ${at}`)
    }
  }
})
