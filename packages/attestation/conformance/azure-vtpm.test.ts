/** Genuine evidence of a confidential VM on Azure (SNP), every link of it, and every byte of it altered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { type AzureVtpmEvidence, encodeAzureVtpmEvidence } from '../src/azure-vtpm/evidence-form.ts'
import type { AzureVtpmPolicy } from '../src/azure-vtpm/policy.ts'
import { encodeHex } from '../src/bytes/index.ts'
import { endorsement, hardwareOnlyPolicy, type Policy, type Verdict, verify } from '../src/index.ts'
import { absent, at, read } from './corpus.ts'
import { describeRun, mutate } from './mutation.ts'
import { chainOf, revocation } from './snp-samples.ts'

const FROM = at('2025-01-28T16:33:43Z')
const UNTIL = at('2032-01-28T16:33:43Z')
const NOW = at('2027-01-01')

/** What the quote was asked with: what the guest also had put into the claims. */
const NONCE = '982f5c6e45df0ed3f10b6f60b02f0c8390e281300f3805e2279c16168cd6ae9aa398f647caa2338748cd0fd9f5f819ef'

const skip = { skip: absent }

/** Everything but the PCRs and the paravisor; with the nonce, and secure boot said. */
function policyOf(alter: Partial<AzureVtpmPolicy>): Policy {
  const policy = hardwareOnlyPolicy('azure-vtpm', { revocation, nonce: decode(NONCE, 'hex') })
  const azure = policy.families['azure-vtpm']
  return azure ? { ...policy, families: { 'azure-vtpm': { ...azure, secureBoot: 'required', ...alter } } } : policy
}

/** The sample's own form, version 2 of a project that attests Azure VMs: hexadecimal, and base64url without padding. */
interface SampleJson {
  readonly tpm_quote: { readonly signature: string; readonly message: string; readonly pcrs: readonly string[] }
  readonly hcl_report: string
  readonly vcek: string
}

interface Sample {
  readonly evidence: AzureVtpmEvidence
  readonly chain: readonly Uint8Array[]
}

function readSample(): Sample {
  const text = Buffer.from(read('azure-vtpm/snp-milan-evidence-v2.json')).toString('utf8')
  const { tpm_quote: quote, hcl_report: hcl, vcek } = JSON.parse(text) as SampleJson
  return {
    evidence: {
      hclReport: decode(hcl, 'base64url'),
      message: decode(quote.message, 'hex'),
      signature: decode(quote.signature, 'hex'),
      pcrs: quote.pcrs.map((value) => decode(value, 'hex')),
      tdQuote: null,
    },
    chain: chainOf(decode(vcek, 'base64url'), 'Milan'),
  }
}

function decode(text: string, encoding: 'hex' | 'base64url'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding))
}

interface Asked {
  readonly now?: number
  readonly policy?: Partial<AzureVtpmPolicy>
  /** In place of the evidence */
  readonly quote?: Uint8Array
}

function judge({ evidence, chain }: Sample, { now = NOW, policy = {}, quote }: Asked = {}): Promise<Verdict> {
  return verify(
    { type: 'azure-vtpm', quote: quote ?? encodeAzureVtpmEvidence(evidence), binding: null },
    chain.map((one) => endorsement('certificate', one)),
    policyOf(policy),
    now,
    mathematics,
  )
}

test('the sample is accepted from the first to the last second of its VCEK, every link of it', skip, async () => {
  for (const now of [FROM, NOW, UNTIL]) {
    const verdict = await judge(readSample(), { now })
    assert.deepEqual(
      verdict.checks.filter(({ outcome }) => outcome === 'failed'),
      [],
    )
    assert.ok(verdict.accepted && verdict.claims.details.family === 'azure-vtpm')
    const { details, measurements, nonce, reportData } = verdict.claims
    assert.equal(details.vmUniqueId, '7DF7B373-B947-4AAA-96E5-C358F2A03D20')
    assert.equal(details.secureBoot, true)
    assert.equal(details.hardware.family, 'snp')
    assert.equal(Object.keys(measurements).length, 24)
    assert.equal(encodeHex(nonce ?? new Uint8Array(0)), NONCE)
    assert.equal(encodeHex(reportData ?? new Uint8Array(0)), `${NONCE}${'00'.repeat(16)}`)
    const passed = verdict.checks.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name)
    for (const link of [
      'chain_signatures',
      'signature',
      'azure_claims_hash',
      'tpm_signature',
      'tpm_pcr_digest',
      'nonce',
    ]) {
      assert.ok(
        passed.some((name) => name === link),
        link,
      )
    }
  }
  for (const [now, code] of [
    [FROM - 1, 'x509_not_yet_valid'],
    [UNTIL + 1, 'x509_expired'],
  ] as const) {
    const verdict = await judge(readSample(), { now })
    assert.deepEqual(!verdict.accepted && verdict.failures, [code])
  }
})

test('the sample is no SNP guest of its own, and not accepted where its hardware is refused', skip, async () => {
  const verdict = await judge(readSample(), { policy: { snp: 'refused' } })
  assert.deepEqual(!verdict.accepted && verdict.failures, [
    'azure_hardware_refused',
    'azure_hardware_malformed',
    'azure_not_asked_by_paravisor',
    'azure_claims_hash_mismatch',
  ])
})

/** Where the claims of the sample end; zeros follow up to the size of the NV index. */
const CLAIMS_END = 2346

/**
 * What may change without the verdict changing: how many of the zeros after the claims are there, for they are the rest of an NV
 * index, whose size the vTPM chooses. No byte: the header, which nothing signs, has one value, and so has every byte between and
 * after what is signed or hashed.
 */
function isMalleable(what: string, place: string): boolean {
  const [, length] = /^cut to (\d+)$/.exec(place) ?? []
  return what === 'HCL report' && length !== undefined && Number(length) >= CLAIMS_END
}

type Judge = (altered: Uint8Array) => Promise<Verdict>

/** Each part: what it is in the sample, and how the sample is judged with another in its place. */
const PARTS: Readonly<Record<string, (sample: Sample) => readonly [original: Uint8Array, judge: Judge]>> = {
  'HCL report': (one) => [one.evidence.hclReport, (altered) => judgeWith(one, { hclReport: altered })],
  quote: (one) => [one.evidence.message, (altered) => judgeWith(one, { message: altered })],
  'signature of the quote': (one) => [one.evidence.signature, (altered) => judgeWith(one, { signature: altered })],
  PCRs: (one) => [join(one.evidence.pcrs), (altered) => judgeWith(one, { pcrs: split(altered) })],
  VCEK: (one) => [one.chain[0] ?? new Uint8Array(0), (altered) => judge({ ...one, chain: one.chain.with(0, altered) })],
  'the whole as it is carried': (one) => [
    encodeAzureVtpmEvidence(one.evidence),
    (altered) => judge(one, { quote: altered }),
  ],
}

for (const [what, part] of Object.entries(PARTS)) {
  test(`every altered byte is rejected, with a code: ${what}`, skip, async (context) => {
    const run = await mutate(...part(readSample()))
    context.diagnostic(describeRun(what, run))
    assert.deepEqual(
      run.accepted.filter((place) => !isMalleable(what, place)),
      [],
    )
  })
}

function judgeWith(sample: Sample, altered: Partial<AzureVtpmEvidence>): Promise<Verdict> {
  return judge({ ...sample, evidence: { ...sample.evidence, ...altered } })
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function split(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / 32) }, (_, at) => bytes.slice(32 * at, 32 * at + 32))
}
