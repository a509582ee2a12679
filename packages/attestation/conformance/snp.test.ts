/** Genuine AMD SEV-SNP evidence: the verdict, the time and the reason that the corpus lists for each sample. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FailureCode } from '../src/index.ts'
import { readEndorsementKey } from '../src/snp/endorsement-key.ts'
import type { SnpProduct } from '../src/snp/policy.ts'
import { readSnpReport } from '../src/snp/report.ts'
import { absent, at, read } from './corpus.ts'
import { describeRun, mutate } from './mutation.ts'
import { judgeSnp, readSample, type SnpSample } from './snp-samples.ts'

const skip = { skip: absent }

const SAMPLES = [
  ['microsoft-aci-milan-v3', 'Milan', 3, '2026-02-05T01:04:33Z', '2033-02-05T01:04:33Z'],
  ['microsoft-aci-genoa-v3', 'Genoa', 3, '2026-02-05T02:05:07Z', '2033-02-05T02:05:07Z'],
  ['microsoft-aci-turin-v5', 'Turin', 5, '2026-02-05T01:04:33Z', '2033-02-05T01:04:33Z'],
  ['virtee-milan-v2', 'Milan', 2, '2023-04-03T19:23:43Z', '2030-04-03T19:23:43Z'],
] as const

for (const [folder, product, version, from, until] of SAMPLES) {
  test(`${folder} is accepted from the first to the last second of its VCEK`, skip, async () => {
    const sample = readSample(folder, product)
    for (const now of [at(from), at('2028-01-01'), at(until)]) {
      const verdict = await judgeSnp(sample, now)
      assert.deepEqual(
        verdict.checks.filter(({ outcome }) => outcome === 'failed'),
        [],
      )
      assert.ok(verdict.accepted && verdict.claims.details.family === 'snp')
      assert.equal(verdict.claims.details.reportVersion, version)
      assert.equal(verdict.claims.details.product, product)
      assert.equal(verdict.validity?.notBefore, at(from))
      assert.equal(verdict.validity?.notAfter, at(until))
    }
    assert.deepEqual(await failures(sample, at(from) - 1), ['x509_not_yet_valid'])
    assert.deepEqual(await failures(sample, at(until) + 1), ['x509_expired'])
  })
}

test('the debug sample is rejected for debug alone', skip, async () => {
  assert.deepEqual(await failures(readSample('DEBUG-google-milan-v2', 'Milan'), at('2024-01-01')), ['debug_enabled'])
})

test('the alias check is complete on the samples of version 3 and 5, and not on those of version 2', skip, async () => {
  for (const [folder, product, version] of SAMPLES) {
    const sample = readSample(folder, product)
    const platformInfo = { aliasCheck: 'required', smt: 'allowed', ecc: 'any' } as const
    const { accepted } = await judgeSnp(sample, at('2028-01-01'), { platformInfo })
    assert.equal(accepted, version > 2, folder)
  }
})

const TURIN_NEGATIVES: readonly (readonly [file: string, codes: readonly FailureCode[]])[] = [
  ['measurement-bit-flipped', ['signature_invalid']],
  ['reportdata-bit-flipped', ['signature_invalid']],
  ['chipid-bit-flipped', ['snp_chip_id_mismatch', 'signature_invalid']],
  ['reportedtcb-bit-flipped', ['snp_tcb_mismatch', 'signature_invalid']],
  ['policy-debug-bit-flipped', ['signature_invalid', 'debug_enabled']],
  ['sig-r-bit-flipped', ['signature_invalid']],
  ['truncated', ['evidence_malformed', 'signature_invalid']],
]

for (const [file, codes] of TURIN_NEGATIVES) {
  test(`ms-turin-${file} is rejected`, skip, async () => {
    const { chain } = readSample('microsoft-aci-turin-v5', 'Turin')
    const report = read(`snp/negative/ms-turin-${file}.bin`)
    assert.deepEqual(await failures({ report, chain }, at('2028-01-01')), codes)
  })
}

test('the VCEK of another machine of the same product is another chip and another key', skip, async () => {
  const { report } = readSample('microsoft-aci-milan-v3', 'Milan')
  const { chain } = readSample('virtee-milan-v2', 'Milan')
  assert.deepEqual(await failures({ report, chain }, at('2028-01-01')), [
    'snp_chip_id_mismatch',
    'snp_tcb_mismatch',
    'signature_invalid',
  ])
})

test('the VCEK of Turin that has no report reads as one', skip, () => {
  const { kind, product, subject, tcb } = readEndorsementKey(read('snp/virtee-turin-vcek-only.der'))
  assert.deepEqual([kind, product, subject.length], ['vcek', 'Turin', 8])
  assert.equal(Object.keys(tcb).length, 5)
})

test('reserved fields are zero in every genuine report', skip, () => {
  for (const [folder] of SAMPLES) {
    const { isReservedZero, isUnsignedZero } = readSnpReport(read(`snp/${folder}/report.bin`))
    assert.deepEqual([isReservedZero, isUnsignedZero], [true, true], folder)
  }
})

/**
 * Bytes that may change without the verdict changing: none, in the report, the VCEK, the ASK and the ARK alike. The ARK's own
 * signature is not checked, for the whole certificate is pinned. (Whoever has an ECDSA signature r, s also has r, n − s, which
 * verifies just as well; but that is a change of many bits, made by arithmetic, to evidence that says the same.)
 */
const MALLEABLE: readonly string[] = []

/** Every sample with its own report and VCEK; ASK and ARK, which a product has in common, once for each. */
const MUTATED: readonly (readonly [folder: string, product: SnpProduct, parts: number])[] = [
  ['virtee-milan-v2', 'Milan', 4],
  ['microsoft-aci-milan-v3', 'Milan', 2],
  ['microsoft-aci-genoa-v3', 'Genoa', 4],
  ['microsoft-aci-turin-v5', 'Turin', 4],
]
const PARTS = ['report', 'VCEK', 'ASK', 'ARK'] as const

for (const [folder, product, count] of MUTATED) {
  test(`every altered byte of ${folder} is rejected, with a code`, skip, async (context) => {
    const sample = readSample(folder, product)
    for (const [index, part] of PARTS.slice(0, count).entries()) {
      const original = index === 0 ? sample.report : (sample.chain[index - 1] ?? new Uint8Array(0))
      const run = await mutate(original, (altered) => {
        const chain = index === 0 ? sample.chain : sample.chain.with(index - 1, altered)
        return judgeSnp({ report: index === 0 ? altered : sample.report, chain }, at('2028-01-01'))
      })
      context.diagnostic(describeRun(`${folder}, ${part}`, run))
      assert.deepEqual(run.accepted, MALLEABLE, part)
    }
  })
}

async function failures(sample: SnpSample, now: number): Promise<readonly FailureCode[]> {
  const verdict = await judgeSnp(sample, now)
  return verdict.accepted ? [] : verdict.failures
}
