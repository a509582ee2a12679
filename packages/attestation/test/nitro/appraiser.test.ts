import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MadeNitroEnclave, makeCrl, nitroPcrs, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { endorsement, type FailureCode, PRODUCTION_APPRAISERS, skip } from '../../src/index.ts'
import { bytes, flipBit, NOW } from '../fixtures.ts'
import { type Alteration, failures, judge } from './enclaves.ts'

const HOUR = 3600
const DAY = 24 * HOUR

test('a genuine enclave is accepted under the strictest policy, with every check and its claims', async () => {
  const verdict = await judge()
  assert.ok(verdict.accepted)
  assert.deepEqual(
    verdict.checks.filter(({ outcome }) => outcome !== 'passed').map(({ name }) => name),
    ['nitro_user_data'],
  )
  const { claims, validity, enclave } = verdict
  assert.equal(Buffer.from(claims.platform?.id ?? []).toString(), 'i-0123456789abcdef0')
  assert.equal(claims.issuedAt, NOW - 1)
  assert.equal(claims.debug, false)
  assert.equal(claims.tcb, null)
  assert.equal(Object.keys(claims.measurements).length, 16)
  assert.ok(claims.details.family === 'nitro' && claims.details.moduleId.startsWith('i-0123456789abcdef0-enc'))
  assert.deepEqual(validity && [validity.notBefore, validity.notAfter], [NOW - HOUR, NOW + 2 * HOUR])
  assert.ok(enclave)
})

test('the forms AWS writes are the same to a verifier: tagged, of indefinite length, fields left out', async () => {
  assert.deepEqual(await failures({ enclave: { tag: 18 } }), [])
  assert.deepEqual(await failures({ enclave: { isIndefinite: true } }), [])
  assert.deepEqual(await failures({ enclave: { payload: { nonce: undefined } } }), [])
})

test('a production verifier believes no enclave of the test vendor', async () => {
  const nitro = PRODUCTION_APPRAISERS.get('nitro')
  assert.ok(nitro)
  assert.deepEqual(await failures({ roots: ['641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b'] }), [
    'root_untrusted',
  ])
})

const other = vendorKey('p384', 'somebody else')
const p256 = vendorKey('p256', 'a smaller curve')
const late = { maxAge: skip('not meant'), notAfter: skip('not meant') }
const CURRENT = { thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }

function outdated({ certificates }: MadeNitroEnclave): Uint8Array {
  return makeCrl({ issuer: certificates.root, thisUpdate: NOW - DAY, nextUpdate: NOW - 1 })
}

function without(index: number): Readonly<Record<number, Uint8Array>> {
  return Object.fromEntries(Object.entries(nitroPcrs()).filter(([name]) => name !== String(index)))
}

const CASES: readonly (readonly [what: string, alteration: Alteration, codes: readonly FailureCode[]])[] = [
  // form
  ['bytes after the document', { quote: (quote) => Buffer.concat([quote, Buffer.of(0)]) }, ['evidence_malformed']],
  [
    'a fifth part',
    { quote: (quote) => Buffer.concat([Buffer.of(0x85), quote.subarray(1), Buffer.of(0xf6)]) },
    ['evidence_malformed'],
  ],
  ['another tag', { enclave: { tag: 98 } }, ['evidence_malformed']],
  ['another algorithm', { enclave: { protectedHeader: Buffer.from('a1013823', 'hex') } }, ['evidence_malformed']],
  ['a header nobody signs', { enclave: { unprotectedHeader: new Map([[4, 1]]) } }, ['evidence_malformed']],
  ['another digest', { enclave: { payload: { digest: 'SHA512' } } }, ['evidence_malformed']],
  ['an unknown field', { enclave: { payload: { nitrotpm_pcrs: new Map() } } }, ['evidence_malformed']],
  ['no time', { enclave: { payload: { timestamp: 0 } } }, ['evidence_malformed']],
  ['a module of no instance', { enclave: { payload: { module_id: 'enc0123' } } }, ['evidence_malformed']],
  ['too few PCRs', { enclave: { payload: { pcrs: new Map([[0, bytes(48)]]) } } }, ['evidence_malformed']],
  ['a PCR that is not', { enclave: { pcrs: { ...nitroPcrs(), 32: bytes(48) } } }, ['evidence_malformed']],
  ['a PCR of another hash', { enclave: { pcrs: { ...nitroPcrs(), 3: bytes(32) } } }, ['evidence_malformed']],
  ['user data without measure', { enclave: { userData: bytes(1025) } }, ['evidence_malformed']],
  ['a certificate without measure', { enclave: { payload: { certificate: bytes(1025) } } }, ['evidence_malformed']],
  [
    'an endorsement of another kind',
    { others: [endorsement('certificate', bytes(9))] },
    ['endorsements_malformed', 'crl_missing'],
  ],

  // chain
  ['no CAs', { enclave: { payload: { cabundle: [] } } }, ['chain_malformed', 'crl_missing', 'signature_invalid']],
  ['a root of others', { roots: ['00'.repeat(32)] }, ['root_untrusted']],
  ['an hour too early', { now: NOW - 2 * HOUR, policy: { clockSkew: skip('not meant') } }, ['x509_not_yet_valid']],
  ['the day after', { now: NOW + 3 * HOUR, policy: late }, ['x509_expired']],
  ['a CA signed by others', { enclave: { certificates: { zone: { signer: other } } } }, ['x509_signature_invalid']],
  [
    'an instance that is no CA',
    { enclave: { certificates: { instance: { withoutBasicConstraints: true } } } },
    ['x509_not_ca'],
  ],
  ['a leaf that is a CA', { enclave: { certificates: { leaf: { ca: {} } } } }, ['x509_not_ca', 'x509_key_usage']],
  [
    'a path that is too long',
    { enclave: { certificates: { zone: { ca: { pathLength: 0 } } } } },
    ['x509_path_too_long'],
  ],
  ['a CA that may sign nothing', { enclave: { certificates: { zone: { keyUsage: [0] } } } }, ['x509_key_usage']],
  ['a root on another curve', { enclave: { certificates: { root: { key: p256 } } } }, ['nitro_key_not_p384']],
  [
    'a leaf on another curve',
    { enclave: { certificates: { leaf: { key: p256 } }, signer: other } },
    ['nitro_key_not_p384', 'signature_invalid'],
  ],
  [
    'certificates of another instance',
    { enclave: { certificates: { instance: { subject: 'i-0123456789abcdef1.test-region-1.aws.nitro-enclaves' } } } },
    ['nitro_module_mismatch'],
  ],
  [
    'a certificate of another enclave',
    { enclave: { certificates: { leaf: { subject: 'i-0123456789abcdef0-enc0.test-region-1.aws' } } } },
    ['nitro_module_mismatch'],
  ],
  [
    'a certificate of an enclave whose name begins alike',
    { enclave: { certificates: { leaf: { subject: 'i-0123456789abcdef0-enc0123456789abcdef0.test-region-1.aws' } } } },
    ['nitro_module_mismatch'],
  ],
  [
    'a document from before its certificate',
    { enclave: { payload: { timestamp: (NOW - HOUR) * 1000 - 1 } }, policy: late },
    ['nitro_timestamp_outside_leaf'],
  ],
  [
    'a document from after its certificate',
    { enclave: { payload: { timestamp: (NOW + 2 * HOUR) * 1000 + 1 } }, policy: { clockSkew: skip('not meant') } },
    ['nitro_timestamp_outside_leaf'],
  ],

  // revocation
  ['no lists', { lists: () => [] }, ['crl_missing']],
  ['the list of the region alone', { lists: (made) => made.crls().slice(1) }, ['crl_missing']],
  ['a revoked region', { lists: (made) => made.crls({ region: [made.certificates.region.serial] }) }, ['x509_revoked']],
  ['a revoked zone', { lists: (made) => made.crls({ zone: [made.certificates.zone.serial] }) }, ['x509_revoked']],
  ['a list that has ended', { lists: (made) => [outdated(made), ...made.crls().slice(1)] }, ['crl_expired']],
  [
    'a list by another key',
    {
      lists: (made) => [
        makeCrl({ ...CURRENT, issuer: made.certificates.root, signer: other }),
        ...made.crls().slice(1),
      ],
    },
    ['crl_signature_invalid'],
  ],
  ['a list that is none', { lists: () => [bytes(100)] }, ['crl_malformed']],
  [
    'a list that has ended, though none was asked for',
    { lists: (made) => [outdated(made)], family: { revocation: skip('an archive') } },
    ['crl_expired'],
  ],

  // signature
  ['a document signed by another key', { enclave: { signer: other } }, ['signature_invalid']],
  ['an altered signature', { quote: (quote) => flipBit(quote, quote.length * 8 - 1) }, ['signature_invalid']],

  // policy
  ['an enclave in debug mode', { enclave: { pcrs: nitroPcrs(true) } }, ['debug_enabled', 'measurement_unknown']],
  ['another application', { enclave: { pcrs: { ...nitroPcrs(), 2: bytes(48) } } }, ['measurement_unknown']],
  ['another signer of the image', { enclave: { pcrs: { ...nitroPcrs(), 8: bytes(48) } } }, ['measurement_unknown']],
  ['PCR8 left out', { enclave: { pcrs: without(8) } }, ['measurement_unknown']],
  ['another machine', { family: { platforms: [Buffer.from('i-0123456789abcdef1')] } }, ['platform_unknown']],
  ['another public key', { enclave: { publicKey: bytes(32) } }, ['nitro_public_key_mismatch']],
  ['no public key', { enclave: { publicKey: null } }, ['nitro_public_key_mismatch']],
  ['other user data', { family: { userData: bytes(64) } }, ['nitro_user_data_mismatch']],
  ['a binding of other keys', { enclave: { userData: bytes(64) } }, ['report_data_mismatch']],
  ['a binding in user data of another size', { enclave: { userData: bytes(65) } }, ['report_data_mismatch']],
  ['a document that is too old', { now: NOW + 60 }, ['evidence_too_old']],
  ['a document from the future', { now: NOW - 60 }, ['evidence_from_future']],
]

for (const [what, alteration, codes] of CASES) {
  test(`refused: ${what}`, async () => {
    assert.deepEqual(await failures(alteration), codes)
  })
}

test('without lists a verdict is positive only where the policy says why, and says so', async () => {
  const verdict = await judge({ lists: () => [], family: { revocation: skip('an archive') } })
  assert.ok(verdict.accepted)
  const revocation = verdict.checks.find(({ name }) => name === 'revocation')
  assert.deepEqual(revocation, { name: 'revocation', outcome: 'skipped', reason: 'an archive' })
})

test('with some of the lists, and a reason, what was not covered is said', async () => {
  const family = { revocation: skip('one region keeps none') }
  const verdict = await judge({ lists: (made) => made.crls().slice(0, 1), family })
  assert.ok(verdict.accepted)
  const named = (wanted: string) => verdict.checks.find(({ name }) => name === wanted)
  assert.deepEqual(named('crl_coverage'), { name: 'crl_coverage', outcome: 'skipped', reason: family.revocation.skip })
  assert.equal(named('revocation')?.outcome, 'passed')
})

test("without a binding the nonce is the document's own, and a bound public key is none", async () => {
  const nonce = bytes(32)
  const unbound = { binding: skip('foreign'), notAfter: skip('foreign'), nonce }
  const family = { publicKey: skip('foreign') }
  assert.deepEqual(await failures({ enclave: { nonce }, policy: unbound, family }), [])
  assert.deepEqual(await failures({ policy: unbound, family }), ['nonce_mismatch'])
  assert.deepEqual(await failures({ enclave: { nonce: bytes(32) }, policy: unbound, family }), ['nonce_mismatch'])
  assert.deepEqual(await failures({ enclave: { userData: nonce }, policy: unbound, family }), ['nonce_mismatch'])
  assert.deepEqual(await failures({ enclave: { nonce }, policy: unbound, binding: null }), [
    'nitro_public_key_mismatch',
  ])
})

test('an enclave that is half in debug mode is in debug mode', async () => {
  for (const index of [0, 1, 2]) {
    const pcrs = { ...nitroPcrs(), [index]: new Uint8Array(48) }
    assert.ok((await failures({ enclave: { pcrs } })).includes('debug_enabled'), `PCR${index}`)
  }
})

test('evidence that is altered while it is verified is judged as it was given', async () => {
  const accepted = nitroPcrs()[0] ?? assert.fail()
  const other = new Uint8Array(48).fill(0xee)
  let given: Uint8Array = new Uint8Array(0)
  const running = failures({
    enclave: { pcrs: { ...nitroPcrs(), 0: other } },
    quote: (quote) => {
      given = Buffer.from(quote)
      return given
    },
  })
  given.set(accepted, Buffer.from(given).indexOf(other))
  assert.deepEqual(await running, ['measurement_unknown'])
})
