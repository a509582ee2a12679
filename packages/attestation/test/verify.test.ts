import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AZURE_VTPM_CHECK_CODES } from '../src/azure-vtpm/check-codes.ts'
import { ENGINE_CHECK_CODES, X509_CHECK_CODES } from '../src/check-codes.ts'
import {
  type Appraiser,
  appraisers,
  CHECK_CODES,
  type FailureCode,
  isVerifiedEnclave,
  type Mathematics,
  type Policy,
  PRODUCTION_APPRAISERS,
  skip,
  type Verdict,
  type VerifiedEnclave,
  verify,
} from '../src/index.ts'
import { INTEL_CHECK_CODES } from '../src/intel/check-codes.ts'
import { NITRO_CHECK_CODES } from '../src/nitro/check-codes.ts'
import { simulatorAppraiser, simulatorPolicy } from '../src/simulator/index.ts'
import { SNP_CHECK_CODES } from '../src/snp/check-codes.ts'
import { binding, bytes, flipBit, type Genuine, genuine, mathematics, NOW } from './fixtures.ts'

const anyRoot = simulatorAppraiser({ root: skip('test') })

async function judge(
  one: Genuine,
  {
    policy = {},
    now = NOW,
    families = appraisers(anyRoot),
  }: { policy?: Partial<Policy>; now?: number; families?: typeof PRODUCTION_APPRAISERS } = {},
): Promise<Verdict> {
  return verify(one.evidence, one.endorsements, { ...one.policy, ...policy }, now, mathematics, families)
}

async function failures(...asked: Parameters<typeof judge>): Promise<readonly FailureCode[]> {
  const verdict = await judge(...asked)
  assert.equal(verdict.accepted, false)
  return verdict.accepted ? [] : verdict.failures
}

test('genuine evidence is accepted, every check named, the keys handed on', async () => {
  const one = genuine()
  const verdict = await judge(one)
  assert.ok(verdict.accepted)
  assert.deepEqual(
    verdict.checks.map(({ name, outcome }) => [name, outcome]),
    [
      ['policy', 'passed'],
      ['evidence_type', 'passed'],
      ['family', 'passed'],
      ['evidence_form', 'passed'],
      ['endorsements', 'passed'],
      ['root', 'skipped'],
      ['signature', 'passed'],
      ['measurement_is_release', 'passed'],
      ['binding', 'passed'],
      ['debug', 'passed'],
      ['measurement', 'passed'],
      ['platform', 'skipped'],
      ['age', 'passed'],
      ['clock', 'passed'],
      ['nonce', 'passed'],
      ['not_after', 'passed'],
      ['report_data', 'passed'],
    ],
  )
  assert.ok(verdict.enclave)
  assert.deepEqual(verdict.enclave.binding, one.evidence.binding)
  assert.equal(verdict.enclave.verifiedAt, NOW)
  assert.equal(verdict.enclave.evidenceType, 'simulator')
})

test('a verified enclave cannot be made or altered from outside', async () => {
  const one = genuine()
  const verdict = await judge(one)
  assert.ok(verdict.accepted && verdict.enclave)
  assert.equal(isVerifiedEnclave(verdict.enclave), true)
  assert.equal(isVerifiedEnclave({ ...verdict.enclave }), false)
  assert.equal(isVerifiedEnclave(structuredClone(verdict.enclave)), false)
  const [before] = verdict.enclave.binding.hpkeX25519
  one.evidence.binding.hpkeX25519[0]! ^= 1
  assert.equal(verdict.enclave.binding.hpkeX25519[0], before)
  const { binding: bound } = verdict.enclave
  // Of a Buffer, slice() is no copy.
  const buffered = genuine({}, { ...binding(), hpkeX25519: Buffer.alloc(32, 7) })
  const second = await judge(buffered)
  buffered.evidence.binding.hpkeX25519.fill(8)
  assert.ok(second.accepted && second.enclave)
  assert.deepEqual(second.enclave.binding.hpkeX25519, new Uint8Array(32).fill(7))
  assert.throws(() => Object.assign(bound, { hpkeX25519: bytes(32) }), TypeError)
  // @ts-expect-error only `verify` makes one
  const forged: VerifiedEnclave = {
    evidenceType: 'snp',
    measurements: {},
    binding: binding(),
    verifiedAt: 0,
  }
  assert.equal(isVerifiedEnclave(forged), false)
})

test('production families reject a simulator by construction', async () => {
  const one = genuine()
  assert.equal(PRODUCTION_APPRAISERS.has('simulator'), false)
  const verdict = await verify(one.evidence, one.endorsements, one.policy, NOW, mathematics)
  assert.equal(verdict.accepted, false)
  assert.deepEqual(!verdict.accepted && verdict.failures, ['evidence_type_unknown'])
  // Nor does any source outside simulator/ import it, so no build contains it unless asked.
  const source = join(import.meta.dirname, '../src')
  const sources = readdirSync(source, { recursive: true, encoding: 'utf8' })
  for (const name of sources.filter((file) => file.endsWith('.ts') && !file.startsWith('simulator'))) {
    assert.doesNotMatch(readFileSync(join(source, name), 'utf8'), /from '[./]*\/simulator/, name)
  }
})

test('a type that is the name of something else in JavaScript is no family', async () => {
  for (const type of ['constructor', '__proto__', 'get', 'Simulator', '']) {
    const one = genuine()
    assert.deepEqual(await failures({ ...one, evidence: { ...one.evidence, type } }), ['evidence_type_unknown'])
  }
})

function accepting(releases: readonly Uint8Array[]): Partial<Policy> {
  return { families: { simulator: simulatorPolicy(releases) } }
}

const REJECTED: readonly (readonly [string, () => Parameters<typeof judge>, readonly FailureCode[]])[] = [
  ['debug', () => [genuine({ debug: true })], ['debug_enabled']],
  ['a measurement nobody accepts', () => [genuine(), { policy: accepting([bytes(32)]) }], ['measurement_unknown']],
  ['no accepted measurement at all', () => [genuine(), { policy: accepting([]) }], ['measurement_unknown']],
  [
    'a measurement that is not the release',
    () => [genuine({ measurement: bytes(32) })],
    ['measurement_not_release', 'measurement_unknown'],
  ],
  ['another nonce', () => [genuine(), { policy: { nonce: bytes(32) } }], ['nonce_mismatch']],
  ['report data of another binding', () => [genuine({ reportData: bytes(64) })], ['report_data_mismatch']],
  ['keys that expire this second', () => [genuine(), { now: NOW + 3600, policy: { maxAge: 4000 } }], ['keys_expired']],
  ['evidence that is too old', () => [genuine(), { now: NOW + 56 }], ['evidence_too_old']],
  ['evidence from the future', () => [genuine({ issuedAt: NOW + 31 })], ['evidence_from_future']],
  [
    'another root than the pinned one',
    () => [genuine(), { families: appraisers(simulatorAppraiser({ root: bytes(32) })) }],
    ['root_untrusted'],
  ],
  [
    'another root beside the quote',
    () => [{ ...genuine(), endorsements: genuine().endorsements }],
    ['signature_invalid'],
  ],
  ['no endorsement', () => [{ ...genuine(), endorsements: [] }], ['endorsements_malformed']],
  [
    'one endorsement too many',
    () => [{ ...genuine(), endorsements: [bytes(32), bytes(32)] }],
    ['endorsements_malformed'],
  ],
  ['an endorsement of another length', () => [{ ...genuine(), endorsements: [bytes(33)] }], ['endorsements_malformed']],
]

for (const [what, asked, codes] of REJECTED) {
  test(`${what}: ${codes.join(', ')}`, async () => assert.deepEqual(await failures(...asked()), codes))
}

test('the bounds themselves are accepted', async () => {
  assert.ok((await judge(genuine(), { now: NOW + 55 })).accepted)
  assert.ok((await judge(genuine({ issuedAt: NOW + 30 }))).accepted)
  assert.ok((await judge(genuine(), { now: NOW + 3599, policy: { maxAge: 3604 } })).accepted)
  const one = genuine()
  assert.ok((await judge(one, { families: appraisers(simulatorAppraiser({ root: one.root })) })).accepted)
})

test('all failures are reported, not the first', async () => {
  const found = await failures(genuine({ debug: true, issuedAt: NOW - 100 }), {
    policy: { nonce: bytes(32), ...accepting([]) },
  })
  assert.deepEqual(found, ['debug_enabled', 'measurement_unknown', 'evidence_too_old', 'nonce_mismatch'])
})

test('what is skipped says so with its reason, and nothing else is', async () => {
  const one = genuine({ issuedAt: NOW + 9999 }, { ...binding(), notAfter: 1 })
  const policy: Policy = {
    families: { simulator: simulatorPolicy(skip('m')) },
    binding: 'required',
    nonce: skip('n'),
    debug: 'refused',
    notAfter: skip('t'),
    maxAge: skip('a'),
    clockSkew: skip('c'),
  }
  const verdict = await judge(one, { policy })
  assert.ok(verdict.accepted)
  const reasons = verdict.checks.flatMap((check) => (check.outcome === 'skipped' ? [check.reason] : []))
  assert.deepEqual(reasons.toSorted(), ['a', 'a simulator runs on any machine', 'c', 'm', 'n', 't', 'test'])
})

for (const name of ['families', 'binding', 'nonce', 'debug', 'notAfter', 'maxAge', 'clockSkew'] as const) {
  test(`a policy without ${name}, or with a mistyped one, accepts nothing`, async () => {
    const one = genuine()
    for (const part of [undefined, null, { '': 1 }, 'no', true, -1, Number.NaN, [1], { skip: '' }, { skip: 1 }]) {
      const policy = { ...one.policy, [name]: part } as Policy
      assert.deepEqual(await failures({ ...one, policy }), ['policy_malformed'])
    }
  })
}

test('a skip that stands beside a demand, or that every object has, skips nothing', async () => {
  const one = genuine()
  const binding = { skip: 'not asked for', required: true } as unknown as Policy['binding']
  assert.deepEqual(await failures(one, { policy: { binding } }), ['policy_malformed'])
  // What pollutes the prototype of all objects gives every list and every requirement that member.
  const prototype = Object.prototype as { skip?: string }
  prototype.skip = 'polluted'
  try {
    assert.deepEqual(await failures(one, { policy: accepting([]) }), ['measurement_unknown'])
  } finally {
    delete prototype.skip
  }
})

test('a clock that is no number accepts nothing', async () => {
  assert.deepEqual(await failures(genuine(), { now: Number.NaN }), ['policy_malformed'])
})

test('every bit of the quote and of the root, flipped, is rejected with a stable code', async () => {
  const one = genuine()
  const codes = new Set<string>()
  for (let bit = 0; bit < one.evidence.quote.length * 8; bit++) {
    const evidence = { ...one.evidence, quote: flipBit(one.evidence.quote, bit) }
    codes.add((await failures({ ...one, evidence }))[0] ?? 'none')
  }
  for (let bit = 0; bit < 256; bit++) {
    codes.add((await failures({ ...one, endorsements: [flipBit(one.root, bit)] }))[0] ?? 'none')
  }
  assert.deepEqual([...codes].toSorted(), ['evidence_malformed', 'signature_invalid'])
})

test('every field of the binding, altered, is rejected: the report data covers all of it', async () => {
  const one = genuine()
  const bound = one.evidence.binding
  const altered = [
    ...Array.from({ length: 1216 }, (_, at) => ({ hpkeXWing: flipBit(bound.hpkeXWing, at * 8 + (at % 8)) })),
    ...Array.from({ length: 1952 }, (_, at) => ({ signMlDsa65: flipBit(bound.signMlDsa65, at * 8 + (at % 8)) })),
    ...Array.from({ length: 256 }, (_, bit) => ({ hpkeX25519: flipBit(bound.hpkeX25519, bit) })),
    ...Array.from({ length: 256 }, (_, bit) => ({ signEd25519: flipBit(bound.signEd25519, bit) })),
    { tlsKeySha256: bytes(32) },
    { logOrigin: 'log.example/Perf' },
    { keyEpoch: 4 },
    { notAfter: bound.notAfter + 1 },
  ]
  for (const alter of altered) {
    const evidence = { ...one.evidence, binding: { ...bound, ...alter } }
    assert.deepEqual(await failures({ ...one, evidence }), ['report_data_mismatch'])
  }
  const nonce = { ...one.evidence, binding: { ...bound, nonce: flipBit(bound.nonce, 0) } }
  assert.deepEqual(await failures({ ...one, evidence: nonce }), ['nonce_mismatch', 'report_data_mismatch'])
  const release = { ...one.evidence, binding: { ...bound, release: flipBit(bound.release, 0) } }
  assert.deepEqual(await failures({ ...one, evidence: release }), ['measurement_not_release', 'report_data_mismatch'])
  const misshapen = { ...one.evidence, binding: { ...bound, hpkeX25519: bytes(31) } }
  assert.deepEqual(await failures({ ...one, evidence: misshapen }), ['binding_malformed'])
})

test('mathematics that fails, or an appraiser that throws or forgets, is no acceptance', async () => {
  const one = genuine()
  const broken = async (): Promise<never> => Promise.reject(new Error('no crypto here'))
  const families = appraisers(anyRoot)
  const without = async (part: object) => {
    const verdict = await verify(one.evidence, one.endorsements, one.policy, NOW, { ...mathematics, ...part }, families)
    return verdict.accepted ? [] : verdict.failures
  }
  assert.deepEqual(await without({ digest: broken }), ['report_data_mismatch'])
  assert.deepEqual(await without({ verifySignature: broken }), ['signature_invalid'])
  assert.deepEqual(await without({ digest: async () => new Uint8Array(0) }), ['report_data_mismatch'])

  const careless = (appraise: Appraiser['appraise']) =>
    failures(one, { families: appraisers({ ...anyRoot, appraise }) })
  assert.deepEqual(await careless(broken), ['evidence_malformed'])
  assert.deepEqual(await careless(async () => ({ checks: [], claims: null, terms: [] })), ['evidence_malformed'])
  const { claims } = await anyRoot.appraise(one.evidence, one.endorsements, {
    policy: one.policy,
    family: simulatorPolicy([]),
    now: NOW,
    mathematics,
  })
  assert.deepEqual(await careless(async () => ({ checks: [], claims, terms: [] })), ['evidence_malformed'])

  // A hash and a claim cut to the same length agree, and are no report data all the same.
  assert.ok(claims)
  const short = { ...claims, reportData: claims.reportData?.subarray(0, 8) ?? null }
  const cut = appraisers({ ...anyRoot, appraise: async () => ({ checks: [], claims: short, terms: [] }) })
  const cutting = {
    ...mathematics,
    digest: async (...asked: Parameters<Mathematics['digest']>) => (await mathematics.digest(...asked)).subarray(0, 8),
  }
  const verdict = await verify(one.evidence, one.endorsements, one.policy, NOW, cutting, cut)
  assert.deepEqual(!verdict.accepted && verdict.failures, ['report_data_mismatch'])
})

test('every check has a code of its own, and no family takes the name of another', () => {
  const codes = Object.values(CHECK_CODES)
  assert.equal(new Set(codes).size, codes.length)
  const tables = [
    ENGINE_CHECK_CODES,
    X509_CHECK_CODES,
    NITRO_CHECK_CODES,
    INTEL_CHECK_CODES,
    SNP_CHECK_CODES,
    AZURE_VTPM_CHECK_CODES,
  ]
  const names = tables.flatMap((table) => Object.keys(table))
  assert.deepEqual(names.toSorted(), Object.keys(CHECK_CODES).toSorted())
})
