/** Hardware evidence end to end, made by vendors that do not exist: their appraisers are handed over in so many words. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import {
  type Appraiser,
  type AttestationQuote,
  appraisers,
  attestationQuoteToJson,
  type Binding,
  bindingToJson,
  encodeBinding,
  endorsement,
  hardwareOnlyPolicy,
  skip,
} from '@perf-aggregator/attestation'
import { encodeHex, encodeUtf8, formatCertificateFile, formatCmw } from '@perf-aggregator/protocol'
import { certificateMaker } from '@perf-aggregator/testkit'
import { amdMachine, azureVm, nitroEnclave, nitroPcrs } from '@perf-aggregator/testkit/vendor-pki'
import { azureVtpmAppraiser } from '../../../attestation/src/azure-vtpm/appraiser.ts'
import { nitroAppraiser } from '../../../attestation/src/nitro/appraiser.ts'
import { snpAppraiser } from '../../../attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../attestation/src/tdx/appraiser.ts'
import { verifyAttestation } from '../../src/enclave/verify-attestation.ts'
import {
  AttestationRefusal,
  type CertificateTrust,
  explainCertificate,
  type HardwareTrust,
  SecureClient,
  verifyCertificate,
} from '../../src/index.ts'
import { LoopbackEnclave } from '../session/loopback-enclave.ts'

const HOUR = 3600
const maker = certificateMaker()
const now = maker.issuedAt
const release = encodeHex(maker.binding.release)
const MEASUREMENT = new Uint8Array(48).fill(0xa1)
const pcrs = nitroPcrs()
const PCRS = { PCR0: pcrs[0] ?? MEASUREMENT, PCR1: pcrs[1] ?? MEASUREMENT, PCR2: pcrs[2] ?? MEASUREMENT }

const hash = (binding: Binding): Uint8Array =>
  new Uint8Array(createHash('sha512').update(encodeBinding(binding)).digest())

interface Made {
  readonly quote: AttestationQuote
  readonly hardware: HardwareTrust
}

function snp(binding: Binding): Made {
  const machine = amdMachine({ now, reportData: hash(binding) })
  const endorsements = [
    ...machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', machine.revoke([])),
  ]
  return {
    quote: { evidence: { type: 'snp', quote: machine.report, binding }, endorsements },
    hardware: {
      families: hardwareOnlyPolicy('snp').families,
      releases: { [release]: { snp: [{ registers: { MEASUREMENT } }] } },
      appraisers: appraisers(snpAppraiser(machine.roots)),
    },
  }
}

/** A document of `age` seconds before the moment of signing. */
function nitro(binding: Binding, age: number): Made {
  const enclave = nitroEnclave({ now: now - age, userData: hash(binding), publicKey: binding.hpkeX25519 })
  const { nitro: policy } = hardwareOnlyPolicy('nitro').families
  assert.ok(policy)
  return {
    quote: {
      evidence: { type: 'nitro', quote: enclave.document, binding },
      endorsements: enclave.crls().map((crl) => endorsement('crl', crl)),
    },
    hardware: {
      families: { nitro: { ...policy, publicKey: 'bound' } },
      releases: { [release]: { nitro: [{ registers: PCRS }] } },
      appraisers: appraisers(nitroAppraiser(enclave.roots)),
    },
  }
}

/** A confidential VM on Azure, whose paravisor's measurement is asked for where `paravisor` names it. */
function azure(binding: Binding, paravisor?: Uint8Array): Made {
  const vm = azureVm({ now, userData: hash(binding) })
  const { 'azure-vtpm': policy } = hardwareOnlyPolicy('azure-vtpm').families
  assert.ok(policy && policy.snp !== 'refused')
  const below = paravisor ? { measurements: [{ registers: { MEASUREMENT: paravisor } }] } : {}
  const endorsements = [
    ...vm.machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', vm.machine.revoke([])),
  ]
  const hardware = { snp: snpAppraiser(vm.machine.roots), tdx: tdxAppraiser([]) }
  return {
    quote: { evidence: { type: 'azure-vtpm', quote: vm.quote, binding }, endorsements },
    hardware: {
      families: { 'azure-vtpm': { ...policy, snp: { ...policy.snp, ...below }, tdx: 'refused' } },
      releases: { [release]: { 'azure-vtpm': [{ registers: { PCR4: new Uint8Array(32).fill(4) } }] } },
      appraisers: appraisers(azureVtpmAppraiser(hardware)),
    },
  }
}

async function refusal(made: Made, trust: Partial<CertificateTrust> = {}): Promise<readonly string[]> {
  const expected = { allowSimulator: false, measurements: [release], hardware: made.hardware, ...trust, now }
  try {
    await verifyAttestation(attestationQuoteToJson(made.quote), {
      ...expected,
      nonce: made.quote.evidence.binding.nonce,
    })
  } catch (error) {
    assert.ok(error instanceof AttestationRefusal, String(error))
    return error.failures
  }
  return []
}

test('an enclave on hardware is verified by its quote, its release and its keys', async () => {
  const made = snp(maker.binding)
  const enclave = await verifyAttestation(attestationQuoteToJson(made.quote), {
    allowSimulator: false,
    measurements: [release],
    hardware: made.hardware,
    nonce: maker.binding.nonce,
    now,
  })
  assert.equal(enclave.evidenceType, 'snp')
  assert.deepEqual(enclave.binding, maker.binding)
  assert.deepEqual(enclave.measurements['MEASUREMENT'], MEASUREMENT)
})

test('one thing wrong, and nothing is sent', async () => {
  const made = snp(maker.binding)
  const { hardware, quote } = made
  const families = hardware.families
  const other = 'ab'.repeat(32)
  assert.deepEqual(await refusal(made), [])
  assert.deepEqual(await refusal({ ...made, quote: { ...quote, endorsements: quote.endorsements.slice(0, 3) } }), [
    'crl_missing',
  ])
  const swapped = { ...maker.binding, hpkeX25519: new Uint8Array(32).fill(9) }
  assert.deepEqual(await refusal({ ...made, quote: { ...quote, evidence: { ...quote.evidence, binding: swapped } } }), [
    'report_data_mismatch',
  ])
  // Another release is accepted on these registers, and this one on others.
  const registers = { snp: [{ registers: { MEASUREMENT } }] }
  assert.deepEqual(await refusal(made, { hardware: { ...hardware, releases: { [other]: registers } } }), [
    'measurement_unknown',
  ])
  const elsewhere = { snp: [{ registers: { MEASUREMENT: new Uint8Array(48) } }] }
  assert.deepEqual(await refusal(made, { hardware: { ...hardware, releases: { [release]: elsewhere } } }), [
    'measurement_unknown',
  ])
  assert.deepEqual(await refusal(made, { measurements: [other] }), ['measurement_not_release'])
  assert.deepEqual(await refusal(made, { hardware: { ...hardware, families: {} } }), ['family_refused'])
  // Without the map the policies' own registers stand.
  const { releases: _, ...unmapped } = hardware
  assert.ok(families.snp)
  const own = { snp: { ...families.snp, measurements: [{ registers: { MEASUREMENT: new Uint8Array(48) } }] } }
  assert.deepEqual(await refusal(made, { hardware: { ...unmapped, families: own } }), ['measurement_unknown'])
})

test('the production families believe neither a vendor that does not exist nor the simulator', async () => {
  const made = snp(maker.binding)
  const { appraisers: _, ...production } = made.hardware
  const failures = await refusal(made, { hardware: production })
  assert.ok(failures.includes('root_untrusted'), failures.join())
  const simulated = { hardware: production, quote: maker.attest(maker.binding) }
  assert.ok((await refusal(simulated)).includes('evidence_type_unknown'))
  // Leave for a simulator is none for a test root.
  assert.ok((await refusal(made, { hardware: production, allowSimulator: true })).includes('root_untrusted'))
})

test('registers of a vTPM name a release only where its paravisor has a name too', async () => {
  assert.deepEqual(await refusal(azure(maker.binding, MEASUREMENT)), [])
  assert.deepEqual(await refusal(azure(maker.binding, new Uint8Array(48))), ['azure_hardware_measurement_unknown'])
  const { hardware, quote } = azure(maker.binding)
  const trust = { allowSimulator: false, measurements: [release], hardware, nonce: maker.binding.nonce, now }
  await assert.rejects(verifyAttestation(attestationQuoteToJson(quote), trust), { code: 'invalid_options' })
  const options = {
    enclaveUrl: 'https://enclave.example',
    exchange: 'binance',
    apiKey: 'key',
    secret: 'secret',
  } as const
  assert.throws(() => new SecureClient({ ...options, hardware }), { code: 'invalid_options' })
})

test('releases are no release where nothing measures them', async () => {
  const { quote, hardware } = snp(maker.binding)
  const { releases: _, ...unmeasured } = hardware
  const trust = { allowSimulator: false, measurements: [release], hardware: unmeasured }
  const answer = attestationQuoteToJson(quote)
  await assert.rejects(verifyAttestation(answer, { ...trust, nonce: maker.binding.nonce, now }), {
    code: 'invalid_options',
  })
  const any = { ...trust, measurements: skip('whatever runs there is looked at'), nonce: maker.binding.nonce, now }
  assert.equal((await verifyAttestation(answer, any)).evidenceType, 'snp')
})

test('evidence nobody sent a nonce for is not said to be fresh', async () => {
  const { quote, hardware } = snp(maker.binding)
  const nonce = skip('a copy from the archive')
  const trust = { allowSimulator: false, measurements: ['ab'.repeat(32)], hardware, nonce, now }
  await assert.rejects(verifyAttestation(attestationQuoteToJson(quote), trust), (error) => {
    assert.ok(error instanceof AttestationRefusal)
    const reasons = error.checks.flatMap((one) => (one.outcome === 'skipped' && one.name === 'age' ? [one.reason] : []))
    assert.deepEqual(reasons, ['a copy from the archive'])
    return true
  })
})

test('a client registers with an enclave on hardware', async () => {
  // Every machine of the test vendor has a root of its own: the newest is believed.
  const believed = new Map<string, Appraiser>()
  const attest = (binding: Binding): AttestationQuote => {
    const made = snp(binding)
    for (const [type, appraiser] of made.hardware.appraisers ?? []) believed.set(type, appraiser)
    return made.quote
  }
  await using enclave = new LoopbackEnclave({ ...maker, attest })
  const hardware = { ...snp(maker.binding).hardware, appraisers: believed }
  const clock = { now: () => now * 1000, sleep: async () => undefined }
  const options = {
    enclaveUrl: await enclave.start(),
    exchange: 'binance',
    apiKey: 'key',
    secret: 'secret',
    clock,
  } as const
  await new SecureClient({ ...options, hardware }).register()
  assert.equal(enclave.submissions[0]?.apiKey, 'key')
  const { appraisers: _, ...production } = hardware
  await assert.rejects(new SecureClient({ ...options, hardware: production }).register(), {
    code: 'attestation_refused',
  })
  assert.equal(enclave.submissions.length, 1)
  assert.throws(() => new SecureClient({ ...options, hardware: { families: hardware.families } }), {
    code: 'invalid_options',
  })
})

/** A certificate of the maker's, with this evidence in the place of the simulator's. */
async function certified(make: (binding: Binding) => Made, notAfter: number = maker.binding.notAfter) {
  const binding = { ...maker.binding, notAfter }
  const { quote, hardware } = make(binding)
  const { file } = await maker.make()
  const cmw = formatCmw({
    type: quote.evidence.type,
    quote: quote.evidence.quote,
    binding: encodeUtf8(JSON.stringify(bindingToJson(binding))),
    endorsements: quote.endorsements,
  })
  const { logKeys } = maker.trust
  const trust: CertificateTrust = { allowSimulator: false, measurements: [release], hardware, logKeys }
  return { text: formatCertificateFile({ ...file, cmw }), trust }
}

async function failing(text: string, trust: CertificateTrust): Promise<readonly string[]> {
  const { checks } = await explainCertificate(text, trust, { now })
  return checks.flatMap((check) => (check.outcome === 'failed' ? [`${check.name} ${check.code}`] : []))
}

test('a certificate of an enclave on hardware verifies as of the moment of signing, years later', async () => {
  const { text, trust } = await certified(snp)
  const certificate = await verifyCertificate(text, trust, { now: now + 10 * 365 * 24 * HOUR })
  assert.equal(certificate.evidenceType, 'snp')
  assert.equal(certificate.simulated, false)
  assert.equal(certificate.evidenceAt, now)
})

test('a document that carries its time is judged as of it: its leaf ended long before the certificate was signed', async () => {
  const { text, trust } = await certified((binding) => nitro(binding, 20 * HOUR))
  const { certificate, checks } = await explainCertificate(text, trust, { now })
  assert.equal(certificate?.evidenceAt, now - 20 * HOUR - 1)
  const evidence = checks.find(({ name }) => name === 'evidence')
  assert.match(evidence?.outcome === 'passed' ? evidence.found : '', /^nitro, judged as of 2026-06-29T03:59:59Z$/)
})

test('keys that had retired when the certificate was signed, although the evidence is older than that', async () => {
  const { text, trust } = await certified((binding) => nitro(binding, 20 * HOUR), now - HOUR)
  assert.deepEqual(await failing(text, trust), ['result_keys keys_expired'])
})

test('a document younger than the certificate cannot have vouched for its keys', async () => {
  const { text, trust } = await certified((binding) => nitro(binding, -HOUR - 100))
  const failures = await failing(text, trust)
  assert.ok(
    failures.some((failure) => failure.startsWith('evidence ')),
    failures.join(),
  )
})

test('a certificate of a release, or with evidence of a vendor, that nobody accepts', async () => {
  const { text, trust } = await certified(snp)
  assert.deepEqual(await failing(text, { ...trust, measurements: ['ab'.repeat(32)] }), [
    'measurement measurement_not_release',
  ])
  const { appraisers: _, ...production } = trust.hardware ?? assert.fail()
  assert.deepEqual(await failing(text, { ...trust, hardware: production }), ['evidence root_untrusted'])
})

test('a certificate does not count as measured where any paravisor may have vouched for the registers', async () => {
  const measured = async (paravisor?: Uint8Array): Promise<string | undefined> => {
    const { text, trust } = await certified((binding) => azure(binding, paravisor))
    const { releases, ...hardware } = trust.hardware ?? assert.fail()
    const own = hardware.families['azure-vtpm'] ?? assert.fail()
    const measurements = releases?.[release]?.['azure-vtpm'] ?? assert.fail()
    const families = { 'azure-vtpm': { ...own, measurements } }
    const any = {
      ...trust,
      measurements: skip('whatever runs there is looked at'),
      hardware: { ...hardware, families },
    }
    const { checks } = await explainCertificate(text, any, { now })
    return checks.find(({ name }) => name === 'measurement')?.outcome
  }
  assert.equal(await measured(MEASUREMENT), 'passed')
  assert.equal(await measured(), 'skipped')
  assert.equal(await measured(new Uint8Array(48)), 'failed')
})
