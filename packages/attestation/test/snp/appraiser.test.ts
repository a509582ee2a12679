import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AmdProduct, amdMachine, der, ia5, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { encodeHex } from '../../src/bytes/index.ts'
import {
  appraisers,
  endorsement,
  type FailureCode,
  PRODUCTION_APPRAISERS,
  skip,
  UP_TO_DATE,
  verify,
} from '../../src/index.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { SNP_CHECK_CODES } from '../../src/snp/check-codes.ts'
import { mathematics } from '../mathematics.ts'
import { type Alteration, failures, judge, NOW, policyOf } from './machines.ts'

const DAY = 86_400
const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const satisfies AmdProduct[]

for (const product of PRODUCTS) {
  for (const kind of ['vcek', 'vlek'] as const) {
    for (const version of [2, 3, 4, 5]) {
      test(`a version ${version} report of ${product}, signed by a ${kind.toUpperCase()}, is accepted`, async () => {
        const verdict = await judge({ machine: { product, kind, version } })
        assert.deepEqual(
          verdict.checks.filter(({ outcome }) => outcome === 'failed'),
          [],
        )
        assert.ok(verdict.accepted)
        const { details, platform, tcb, reportData } = verdict.claims
        assert.ok(details.family === 'snp')
        assert.deepEqual([details.product, details.signingKey, details.reportVersion], [product, kind, version])
        assert.equal(platform?.kind, kind === 'vcek' ? 'chip-id' : 'csp-id')
        assert.equal(tcb?.components.length, product === 'Turin' ? 5 : 4)
        assert.deepEqual(reportData, new Uint8Array(64).fill(0x5d))
        assert.equal(verdict.validity?.notBefore, NOW - DAY)
        assert.equal(verdict.validity?.notAfter, NOW + DAY)
      })
    }
  }
}

const write = (offset: number, ...bytes: readonly number[]): Alteration => ({
  machine: { report: [[offset, bytes]], version: 5 },
})
const extension = (end: string, content: Uint8Array | null, product: AmdProduct = 'Milan'): Alteration => ({
  machine: { product, extensions: { [end]: content } },
})

/** One thing altered, and the codes it must fail with: all of them, and in this order. */
const REJECTED: readonly (readonly [what: string, alteration: Alteration, codes: readonly FailureCode[]])[] = [
  ['a report cut by one byte', { quote: (one) => one.slice(0, -1) }, ['evidence_malformed', 'signature_invalid']],
  [
    'a report with one byte more',
    { quote: (one) => new Uint8Array([...one, 0]) },
    ['evidence_malformed', 'signature_invalid'],
  ],
  ['no report', { quote: () => new Uint8Array(0) }, ['evidence_malformed', 'signature_invalid']],
  ['version 1', write(0, 1), ['evidence_malformed', 'signature_invalid']],
  ['version 6', write(0, 6), ['evidence_malformed', 'signature_invalid']],
  ['another signature algorithm', write(0x34, 2), ['snp_signature_algorithm_unknown']],
  ['a reserved field', write(0x4c, 1), ['snp_reserved_not_zero']],
  ['a reserved bit of the key info', write(0x48, 0x20), ['snp_reserved_not_zero']],
  ['a reserved byte after the CPUID', write(0x18b, 1), ['snp_reserved_not_zero']],
  ['a reserved byte after the build', write(0x1eb, 1), ['snp_reserved_not_zero']],
  ['a reserved byte after the mitigation vectors', write(0x208, 1), ['snp_reserved_not_zero']],
  [
    'mitigation vectors before version 5',
    { machine: { version: 4, report: [[0x1f8, [1]]] } },
    ['snp_reserved_not_zero'],
  ],
  ['a CPUID in version 2', { machine: { version: 2, report: [[0x188, [0x19, 1]]] } }, ['snp_reserved_not_zero']],
  ['a byte above r', { quote: poke(0x2a0 + 48) }, ['snp_unsigned_not_zero']],
  ['a byte above s', { quote: poke(0x2a0 + 143) }, ['snp_unsigned_not_zero']],
  ['the first byte after the signature', { quote: poke(0x330) }, ['snp_unsigned_not_zero']],
  ['the last byte', { quote: poke(1183) }, ['snp_unsigned_not_zero']],
  ['bit 17 of the guest policy clear', write(10, 1), ['snp_guest_policy_malformed']],
  ['bit 26 of the guest policy', write(11, 4), ['snp_guest_policy_malformed']],
  ['debug', write(10, 0x0b), ['debug_enabled']],
  ['asked for by the host', write(0x30, 0xff, 0xff, 0xff, 0xff), ['snp_not_asked_by_guest', 'snp_vmpl_mismatch']],
  ['another level', write(0x30, 1), ['snp_vmpl_mismatch']],
  ['a signed byte', { quote: poke(0x50) }, ['signature_invalid']],
  ['the signature', { quote: poke(0x2a0) }, ['signature_invalid']],
  ['a VLEK said, a VCEK given', write(0x48, 4), ['snp_signing_key_mismatch']],
  ['no key said', write(0x48, 7 << 2), ['snp_signing_key_mismatch', 'snp_signing_key_refused']],
  ['a kind of key that is refused', { policy: { signingKeys: ['vlek'] } }, ['snp_signing_key_refused']],
  ['the CPUID of Genoa', write(0x189, 0x11), ['snp_product_mismatch']],
  ['an unknown CPUID', write(0x188, 0x1b), ['snp_product_mismatch']],
  ['another chip', write(0x1a0, 9), ['snp_chip_id_mismatch']],
  ['a masked chip', write(0x1a0, ...Array.from({ length: 64 }, () => 0)), ['snp_chip_id_mismatch']],
  [
    'a byte after the chip id of Turin',
    { machine: { product: 'Turin', report: [[0x1a8, [1]]] } },
    ['snp_chip_id_mismatch'],
  ],
  ['another chip in the certificate', extension('4', new Uint8Array(64).fill(1)), ['snp_chip_id_mismatch']],
  [
    'a chip id of zeros in both',
    { machine: { report: [[0x1a0, Array.from({ length: 64 }, () => 0)]], extensions: { 4: new Uint8Array(64) } } },
    ['snp_chip_id_mismatch'],
  ],
  ['newer firmware than certified', write(0x180, 5), ['snp_tcb_mismatch']],
  ['a byte of the TCB that is no part', write(0x182, 1), ['snp_tcb_mismatch']],
  ['a byte of the launch TCB that is no part', write(0x1f4, 1), ['snp_tcb_mismatch']],
  ['other microcode in the certificate', extension('3.8', der.integer(218)), ['snp_tcb_mismatch']],
  ['another FMC in the certificate', extension('3.9', der.integer(0), 'Turin'), ['snp_tcb_mismatch']],
  ['launched by older firmware', write(0x1f6, 23), ['snp_launch_tcb_too_low']],
  [
    'a product without a minimum',
    { policy: { minTcb: { Genoa: { bootloader: 0, tee: 0, snp: 0, microcode: 0, fmc: 0 } } } },
    ['snp_tcb_too_low', 'snp_launch_tcb_too_low'],
  ],
  ['a certificate without its structure version', extension('1', null), certificateCodes()],
  ['a certificate of an unknown structure version', extension('1', der.integer(2)), certificateCodes()],
  ['a certificate without product', extension('2', null), certificateCodes()],
  ['a certificate of an unknown product', extension('2', ia5('Venice')), certificateCodes()],
  ['a product in another string type', extension('2', der.utf8('Milan-B0')), certificateCodes()],
  ['a certificate without SNP version', extension('3.3', null), certificateCodes()],
  ['a version over 255', extension('3.3', der.integer(256)), certificateCodes()],
  ['a reserved version that is not zero', extension('3.5', der.integer(1)), certificateCodes()],
  ['an FMC where there is none', extension('3.9', der.integer(1)), certificateCodes()],
  ['no FMC on Turin', extension('3.9', null, 'Turin'), certificateCodes()],
  ['a chip and a cloud', extension('5', ia5('Test Cloud')), certificateCodes()],
  ['neither chip nor cloud', extension('4', null), certificateCodes()],
  ['a chip id of another size', extension('4', new Uint8Array(8).fill(1)), certificateCodes()],
  ['a cloud without a name', { machine: { kind: 'vlek', extensions: { 5: ia5('') } } }, certificateCodes()],
  [
    'a VCEK by the intermediate of VLEKs',
    { machine: { intermediate: { subject: 'SEV-VLEK-Milan' } } },
    certificateCodes(),
  ],
  ['a key by another name', { machine: { leaf: { subject: 'SEV-VLEK' } } }, certificateCodes()],
  ['a key on another curve', { machine: { leaf: { key: vendorKey('p256', 'VCEK') } } }, certificateCodes()],
  [
    'no certificates',
    { chain: () => [] },
    ['chain_malformed', 'crl_missing', 'snp_certificate_malformed', 'signature_invalid'],
  ],
  [
    'no intermediate',
    { chain: ([leaf, , root]) => [leaf, root].flatMap((one) => one ?? []) },
    ['chain_malformed', 'crl_missing'],
  ],
  [
    'a chain in another order',
    { chain: (one) => one.toReversed() },
    [
      'root_untrusted',
      'x509_issuer_mismatch',
      'x509_key_id_mismatch',
      'x509_not_ca',

      'x509_key_usage',
      'x509_signature_invalid',
      'crl_issuer_mismatch',
      'crl_signature_invalid',

      'snp_certificate_malformed',
      'signature_invalid',
    ],
  ],
  [
    'a bit of the root',
    { chain: ([a, b, c]) => [a, b, c && poke(c.length - 1)(c)].flatMap((one) => one ?? []) },
    ['root_untrusted'],
  ],
  [
    'an intermediate by another root',
    { machine: { intermediate: { signer: vendorKey('rsa2048', 'somebody') } } },
    ['x509_signature_invalid'],
  ],
  [
    'a key by another intermediate',
    { machine: { leaf: { signer: vendorKey('rsa2048', 'somebody') } } },
    ['x509_signature_invalid'],
  ],
  ['a key that may not sign yet', { machine: { leaf: { notBefore: NOW + 1 } } }, ['x509_not_yet_valid']],
  ['an intermediate that has ended', { machine: { intermediate: { notAfter: NOW - 1 } } }, ['x509_expired']],
  [
    'an endorsement nobody looks at',
    { others: [endorsement('tcb-info', new Uint8Array(1))] },
    ['endorsements_malformed', 'chain_malformed', 'crl_missing', 'snp_certificate_malformed', 'signature_invalid'],
  ],
  ['no list', { lists: () => [] }, ['crl_missing']],
  [
    'the intermediate revoked',
    { lists: ({ revoke, intermediate }) => [revoke([intermediate.serial])] },
    ['x509_revoked'],
  ],
  [
    'a list that has ended',
    { lists: ({ revoke }) => [revoke([], { thisUpdate: NOW - DAY, nextUpdate: NOW - 1 })] },
    ['crl_expired'],
  ],
  [
    'a list of another product',
    { lists: () => [amdMachine({ now: NOW, product: 'Genoa' }).revoke([])] },
    ['crl_issuer_mismatch', 'crl_signature_invalid', 'crl_missing'],
  ],
  ['a bit of a list', { lists: ({ revoke }) => [poke(-1)(revoke([]))] }, ['crl_signature_invalid']],
  ['another measurement', write(0x90, 0), ['measurement_unknown']],
  [
    'a build that asks for a judgement AMD does not publish',
    { policy: { measurements: [{ registers: { MEASUREMENT: new Uint8Array(48).fill(0xa1) }, tcb: UP_TO_DATE }] } },
    ['tcb_status_refused'],
  ],
  ['another platform', { policy: { platforms: [new Uint8Array(64)] } }, ['platform_unknown']],
  [
    'SMT refused',
    { policy: { guestPolicy: { smt: 'refused', migrationAgent: 'refused', singleSocket: 'any', minAbi: 0 } } },
    ['snp_smt_allowed'],
  ],
  ['a migration agent', write(10, 0x07), ['snp_migration_allowed']],
  [
    'several sockets',
    { policy: { guestPolicy: { smt: 'allowed', migrationAgent: 'refused', singleSocket: 'required', minAbi: 0 } } },
    ['snp_several_sockets_allowed'],
  ],
  ['an older ABI', write(8, 0x1e), ['snp_abi_too_low']],
  ['no alias check', write(0x40, 0x05), ['snp_alias_check_incomplete']],
  ['no ECC', write(0x40, 0x21), ['snp_platform_ecc_off']],
  [
    'SMT on',
    { policy: { platformInfo: { aliasCheck: 'required', smt: 'refused', ecc: 'any' } } },
    ['snp_platform_smt_on'],
  ],
  ['another id key', write(0xe0, 0), ['snp_id_key_unknown']],
  [
    'an author key where there is none',
    { policy: { authorKeyDigests: [new Uint8Array(48)] } },
    ['snp_author_key_unknown'],
  ],
  [
    'an author key that is not enabled',
    { machine: { report: [[0x110, [7]]] }, policy: { authorKeyDigests: [Uint8Array.of(7, ...new Uint8Array(47))] } },
    ['snp_author_key_unknown'],
  ],
  ['other host data', write(0xc0, 0), ['snp_host_data_mismatch']],
  ['host data where none may be', { policy: { hostData: 'zero' } }, ['snp_host_data_mismatch']],
  ['an older guest', write(4, 1), ['snp_guest_svn_too_low']],
]

for (const [what, alteration, codes] of REJECTED) {
  test(`rejected: ${what}`, async () => assert.deepEqual(await failures(alteration), codes))
}

test('every check of the family is seen to fail', () => {
  const seen = new Set(REJECTED.flatMap(([, , codes]) => codes))
  assert.deepEqual(
    Object.values(SNP_CHECK_CODES).filter((code) => !seen.has(code)),
    [],
  )
})

test('all that is wrong is told, not the first of it', async () => {
  const alteration = {
    machine: {
      report: [
        [10, [0x0f]],
        [0x1a0, [9]],
        [4, [0]],
      ] as const,
    },
  }
  assert.deepEqual(await failures(alteration), [
    'snp_chip_id_mismatch',
    'snp_migration_allowed',
    'snp_guest_svn_too_low',
    'debug_enabled',
  ])
})

test('the part of the firmware that is short is named', async () => {
  const minTcb = { Milan: { bootloader: 4, tee: 1, snp: 25, microcode: 220, fmc: 0 } }
  const verdict = await judge({ policy: { minTcb } })
  const short = verdict.checks.find(({ name }) => name === 'snp_tcb_reported')
  assert.ok(short?.outcome === 'failed')
  assert.equal(short.found, 'SNP firmware is 24, needs 25; microcode is 219, needs 220')
  assert.ok(!verdict.accepted)
  assert.deepEqual(
    verdict.unverifiedClaims?.tcb?.components.map(({ found, required }) => [found, required]),
    [
      [4, 4],
      [1, 1],
      [24, 25],
      [219, 220],
    ],
  )
})

test('what is skipped is accepted and says why', async () => {
  const why = skip('not looked at here')
  const { accepted, checks } = await judge({
    policy: {
      measurements: why,
      minTcb: why,
      revocation: why,
      vmpl: why,
      guestPolicy: why,
      platformInfo: why,
      signingKeys: why,
      idKeyDigests: why,
      hostData: why,
      minGuestSvn: why,
    },
    lists: () => [],
    machine: {
      report: [
        [0x90, [1]],
        [0x30, [1]],
        [10, [7]],
        [0x40, [0]],
        [0xe0, [1]],
        [0xc0, [1]],
        [4, [0]],
      ],
    },
  })
  assert.equal(accepted, true)
  const skipped = checks.filter((one) => one.outcome === 'skipped' && one.reason === why.skip).map(({ name }) => name)
  assert.deepEqual(skipped.toSorted(), [
    'measurement',
    'revocation',
    'snp_guest_svn',
    'snp_host_data',
    'snp_id_key',
    'snp_platform_alias_check',
    'snp_platform_ecc',
    'snp_platform_smt',
    'snp_policy_abi',
    'snp_policy_migration',
    'snp_policy_single_socket',
    'snp_policy_smt',
    'snp_signing_key_kind',
    'snp_tcb_launch',
    'snp_tcb_reported',
    'snp_vmpl',
  ])
})

test('a list that comes along is looked at though none is asked for', async () => {
  const revocation = skip('not asked for')
  assert.deepEqual(
    await failures({ policy: { revocation }, lists: ({ revoke, intermediate }) => [revoke([intermediate.serial])] }),
    ['x509_revoked'],
  )
})

test('production believes no machine of the test vendor, and a product only below its own root', async () => {
  const machine = amdMachine({ now: NOW })
  const endorsements = [
    ...machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', machine.revoke([])),
  ]
  const evidence = { type: 'snp', quote: machine.report, binding: null }
  const wrong = appraisers(snpAppraiser({ ...machine.roots, Genoa: machine.roots.Milan, Milan: [] }))
  for (const families of [PRODUCTION_APPRAISERS, wrong]) {
    const verdict = await verify(evidence, endorsements, policyOf(), NOW, mathematics, families)
    assert.deepEqual(!verdict.accepted && verdict.failures, ['root_untrusted'])
  }
})

test('mathematics that fails accepts nothing', async () => {
  const machine = amdMachine({ now: NOW })
  const broken = { ...mathematics, verifySignature: () => Promise.reject(new Error('no')) }
  const verdict = await verify(
    { type: 'snp', quote: machine.report, binding: null },
    [...machine.chain.map((one) => endorsement('certificate', one)), endorsement('crl', machine.revoke([]))],
    policyOf(),
    NOW,
    broken,
    appraisers(snpAppraiser(machine.roots)),
  )
  assert.deepEqual(!verdict.accepted && verdict.failures, [
    'x509_signature_invalid',
    'crl_signature_invalid',
    'signature_invalid',
  ])
})

test('the chip is the platform', async () => {
  const chip = new Uint8Array(64).map((_zero, at) => at + 1)
  const verdict = await judge({ policy: { platforms: [chip] } })
  assert.ok(verdict.accepted)
  assert.equal(encodeHex(verdict.claims.platform?.id ?? new Uint8Array()), encodeHex(chip))
})

/** Flips the lowest bit of a byte, counted from the end where `at` is negative. */
function poke(at: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.with(at, (bytes.at(at) ?? 0) ^ 1)
}

/** Without a certificate there is no product, and so no root either. */
function certificateCodes(): readonly FailureCode[] {
  return ['root_untrusted', 'snp_certificate_malformed', 'signature_invalid']
}
