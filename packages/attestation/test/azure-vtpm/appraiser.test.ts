import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type AzureOptions, azureVm, type MadeVm, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import type { Appraiser } from '../../src/appraiser.ts'
import { azureVtpmAppraiser } from '../../src/azure-vtpm/appraiser.ts'
import { AZURE_VTPM_CHECK_CODES } from '../../src/azure-vtpm/check-codes.ts'
import type { AzureVtpmPolicy } from '../../src/azure-vtpm/policy.ts'
import { canonicalJsonBytes, decodeUtf8, encodeUtf8 } from '../../src/bytes/index.ts'
import { check } from '../../src/checks.ts'
import {
  appraisers,
  type Binding,
  encodeBinding,
  endorsement,
  type FailureCode,
  type Policy,
  PRODUCTION_APPRAISERS,
  skip,
  type Verdict,
  verify,
} from '../../src/index.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { HARDWARE_ONLY_TDX } from '../../src/tdx/policy.ts'
import { binding, flipBit } from '../fixtures.ts'
import { mathematics } from '../mathematics.ts'
import { NOW, policyOf, STRICT } from '../snp/machines.ts'

const pcr = (index: number): Uint8Array => new Uint8Array(32).fill(index)

const AZURE: AzureVtpmPolicy = {
  measurements: [{ registers: { PCR0: pcr(0), PCR4: pcr(4) } }],
  platforms: skip('any machine'),
  snp: STRICT,
  tdx: 'refused',
  secureBoot: 'required',
}

interface Alteration {
  readonly vm?: Partial<AzureOptions>
  readonly policy?: Partial<AzureVtpmPolicy>
  readonly common?: Partial<Policy>
  readonly quote?: (quote: Uint8Array) => Uint8Array
  readonly binding?: Binding
  readonly tdx?: Appraiser<'tdx'>
}

/** Appraises nothing, so that no evidence it is asked about is ever accepted. */
const silent: Appraiser<'tdx'> = {
  type: 'tdx',
  indispensable: ['evidence_form'],
  isPolicy: () => true,
  appraise: async () => ({ checks: [], claims: null, terms: [] }),
}

async function judge(alteration: Alteration, vm: MadeVm = azureVm({ now: NOW, ...alteration.vm })): Promise<Verdict> {
  const { machine } = vm
  const endorsements = [
    ...machine.chain.map((one) => endorsement('certificate', one)),
    endorsement('crl', machine.revoke([])),
  ]
  const snp = snpAppraiser(machine.roots)
  return verify(
    { type: 'azure-vtpm', quote: alteration.quote?.(vm.quote) ?? vm.quote, binding: alteration.binding ?? null },
    endorsements,
    { ...policyOf(), families: { 'azure-vtpm': { ...AZURE, ...alteration.policy } }, ...alteration.common },
    NOW,
    mathematics,
    appraisers(azureVtpmAppraiser({ snp, tdx: alteration.tdx ?? silent })),
  )
}

async function failures(alteration: Alteration): Promise<readonly FailureCode[]> {
  const verdict = await judge(alteration)
  return verdict.accepted ? [] : verdict.failures
}

for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
  test(`a genuine VM whose claims are hashed with ${hash} is accepted`, async () => {
    const verdict = await judge({ vm: { hash } })
    assert.deepEqual(
      verdict.checks.filter(({ outcome }) => outcome === 'failed'),
      [],
    )
    assert.ok(verdict.accepted)
    const { claims } = verdict
    assert.deepEqual(claims.measurements, { PCR0: pcr(0), PCR4: pcr(4), PCR7: pcr(7), PCR23: pcr(23) })
    assert.deepEqual(claims.reportData, new Uint8Array(64).fill(0x75))
    assert.ok(claims.details.family === 'azure-vtpm')
    assert.equal(claims.details.secureBoot, true)
    assert.deepEqual(claims.details.hardwareMeasurement, new Uint8Array(48).fill(0xa1))
    assert.equal(claims.platform?.kind, 'chip-id')
  })
}

/** Without claims nothing says which key signs. */
const NO_CLAIMS = ['azure_claims_malformed', 'azure_secure_boot_off', 'tpm_signature_invalid'] as const
const NO_HCL = [
  'azure_hcl_malformed',
  'azure_hardware_refused',
  'azure_hardware_malformed',
  'azure_not_asked_by_paravisor',
  'azure_claims_malformed',
  'azure_claims_hash_mismatch',
  'azure_secure_boot_off',
  'tpm_signature_invalid',
] as const
const NO_EVIDENCE = [
  'evidence_malformed',
  ...NO_HCL.slice(0, 7),
  'tpm_quote_malformed',
  'tpm_signature_invalid',
  'tpm_pcr_digest_mismatch',
] as const
const NO_MESSAGE = ['tpm_quote_malformed', 'tpm_pcr_digest_mismatch'] as const
const REFUSED_HARDWARE = [
  'azure_hardware_refused',
  'azure_hardware_malformed',
  'azure_not_asked_by_paravisor',
  'azure_claims_hash_mismatch',
] as const

const jwk = {
  kid: 'HCLAkPub',
  key_ops: ['sign'],
  kty: 'RSA',
  e: 'AQAB',
  n: Buffer.alloc(256, 0xff).toString('base64url'),
}

const REJECTED: readonly (readonly [what: string, alteration: Alteration, codes: readonly FailureCode[]])[] = [
  ['no evidence', { quote: () => new Uint8Array(0) }, NO_EVIDENCE],
  ['white space in it', { quote: (one) => encodeUtf8(`${decodeUtf8(one)} `) }, NO_EVIDENCE],
  [
    'a member too many',
    { quote: (one) => canonicalJsonBytes({ ...JSON.parse(decodeUtf8(one)), more: 1 }) },
    NO_EVIDENCE,
  ],
  ['a PCR of another size', { vm: { evidence: { pcrs: [pcr(0), pcr(4), pcr(7), new Uint8Array(31)] } } }, NO_EVIDENCE],
  ['another magic', { vm: { hcl: [[0, [0]]] } }, NO_HCL],
  ['another header version', { vm: { hcl: [[4, [3]]] } }, NO_HCL],
  ['another size', { vm: { hcl: [[8, [0]]] } }, NO_HCL],
  ['another request', { vm: { hcl: [[12, [1]]] } }, NO_HCL],
  ['a status', { vm: { hcl: [[16, [1]]] } }, NO_HCL],
  ['a reserved word', { vm: { hcl: [[31, [1]]] } }, NO_HCL],
  ['another version of claims', { vm: { hcl: [[1220, [2]]] } }, NO_HCL],
  ['unknown hardware', { vm: { hcl: [[1224, [3]]] } }, NO_HCL],
  ['an unknown hash', { vm: { hcl: [[1228, [4]]] } }, NO_HCL],
  ['claims that end beyond the report', { vm: { hcl: [[1233, [0xff]]] } }, NO_HCL],
  ['a byte after the claims', { vm: { hcl: [[-1, [1]]] } }, NO_HCL],
  ['another hash', { vm: { hcl: [[1228, [2]]] } }, ['azure_claims_hash_mismatch']],
  ['SNP refused', { policy: { snp: 'refused', tdx: HARDWARE_ONLY_TDX } }, REFUSED_HARDWARE],
  [
    'TDX without a quote',
    { vm: { tdReport }, policy: { tdx: HARDWARE_ONLY_TDX } },
    [
      'azure_hardware_malformed',
      'azure_not_asked_by_paravisor',
      'azure_claims_hash_mismatch',
      'azure_td_report_mismatch',
    ],
  ],
  [
    'TDX of which the appraiser says nothing',
    { vm: { tdReport, evidence: { tdQuote: new Uint8Array(9) } }, policy: { tdx: HARDWARE_ONLY_TDX } },
    [
      'azure_hardware_malformed',
      'azure_not_asked_by_paravisor',
      'azure_claims_hash_mismatch',
      'azure_td_report_mismatch',
    ],
  ],
  [
    'a TD quote beside SNP',
    { vm: { evidence: { tdQuote: new Uint8Array(9) } } },
    ['azure_hardware_malformed', 'azure_not_asked_by_paravisor', 'azure_claims_hash_mismatch'],
  ],
  [
    'a signed byte of the SNP report',
    { vm: { hcl: [[32 + 0x98, [1]]] } },
    ['signature_invalid', 'azure_hardware_measurement_unknown'],
  ],
  [
    'a report the guest asked for itself, of claims with a key of its own',
    { vm: { machine: { report: [[0x30, [2]]] } }, policy: { snp: { ...STRICT, vmpl: skip('any level') } } },
    ['azure_not_asked_by_paravisor'],
  ],
  ['SNP in debug mode', { vm: { machine: { report: [[10, [0x0b]]] } } }, ['debug_enabled']],
  ['another paravisor', { vm: { machine: { report: [[0x90, [1]]] } } }, ['azure_hardware_measurement_unknown']],
  [
    'another machine',
    { policy: { snp: { ...STRICT, platforms: [new Uint8Array(64)] } } },
    ['azure_hardware_platform_unknown'],
  ],
  ['a platform the VM may not be on', { policy: { platforms: [new Uint8Array(64)] } }, ['platform_unknown']],
  [
    'older firmware than SNP may have',
    { vm: { machine: { report: [[0x180, [3]]] } } },
    ['snp_tcb_mismatch', 'snp_tcb_too_low'],
  ],
  [
    'other claims than signed',
    { vm: { shownClaims: (json) => json.replace('"vmUniqueId":"7', '"vmUniqueId":"8') } },
    ['azure_claims_hash_mismatch'],
  ],
  [
    'report data with more than the hash',
    { vm: { machine: { reportData: new Uint8Array(64).fill(1) } } },
    ['azure_claims_hash_mismatch'],
  ],
  [
    'claims that are no JSON',
    { vm: { shownClaims: (json) => json.replace('{', '[') } },
    ['azure_claims_malformed', 'azure_claims_hash_mismatch', 'azure_secure_boot_off', 'tpm_signature_invalid'],
  ],
  [
    'claims that name their keys twice',
    { vm: { shownClaims: (json) => `{"keys":[],${json.slice(1)}` } },
    ['azure_claims_malformed', 'azure_claims_hash_mismatch', 'azure_secure_boot_off', 'tpm_signature_invalid'],
  ],
  ['no attestation key', { vm: { claims: { keys: [] } } }, NO_CLAIMS],
  ['two attestation keys', { vm: { claims: { keys: [jwk, jwk] } } }, NO_CLAIMS],
  ['a key for something else', { vm: { claims: { keys: [{ ...jwk, key_ops: ['encrypt'] }] } } }, NO_CLAIMS],
  ['a key of another kind', { vm: { claims: { keys: [{ ...jwk, kty: 'EC' }] } } }, NO_CLAIMS],
  ['a key of another size', { vm: { claims: { keys: [{ ...jwk, n: 'AQAB' }] } } }, NO_CLAIMS],
  ['a key with exponent one', { vm: { claims: { keys: [{ ...jwk, e: 'AQ' }] } } }, NO_CLAIMS],
  ['user data of another size', { vm: { claims: { 'user-data': '00' } } }, NO_CLAIMS],
  ['another key that is sound', { vm: { claims: { keys: [jwk] } } }, ['tpm_signature_invalid']],
  ['secure boot off', { vm: { secureBoot: false } }, ['azure_secure_boot_off']],
  ['secure boot not said', { vm: { claims: { 'vm-configuration': {} } } }, ['azure_secure_boot_off']],
  ['a quote by another key', { vm: { signer: vendorKey('rsa2048', 'somebody') } }, ['tpm_signature_invalid']],
  ['no magic in the quote', { vm: { message: [[0, [0]]] } }, NO_MESSAGE],
  ['a certification for a quote', { vm: { message: [[5, [0x17]]] } }, NO_MESSAGE],
  ['another bank', { vm: { message: [[-41, [4]]] } }, NO_MESSAGE],
  ['a bitmap of another size', { vm: { message: [[-38, [4]]] } }, NO_MESSAGE],
  ['other PCRs than accepted, with the same values', { vm: { message: [[-37, [0x13]]] } }, ['measurement_unknown']],
  ['another digest', { vm: { message: [[-1, [0]]] } }, ['tpm_pcr_digest_mismatch']],
  ['a PCR changed', { vm: { evidence: { pcrs: [pcr(0), pcr(4), pcr(7), pcr(22)] } } }, ['tpm_pcr_digest_mismatch']],
  ['a PCR left out', { vm: { evidence: { pcrs: [pcr(0), pcr(4), pcr(7)] } } }, ['tpm_pcr_digest_mismatch']],
  ['a PCR that was not quoted', { vm: { selected: [0, 7] } }, ['measurement_unknown']],
  [
    'another PCR than accepted',
    { policy: { measurements: [{ registers: { PCR7: pcr(0) } }] } },
    ['measurement_unknown'],
  ],
  ['another nonce', { common: { nonce: new Uint8Array(32) } }, ['nonce_mismatch']],
]

for (const [what, alteration, codes] of REJECTED) {
  test(`rejected: ${what}`, async () => assert.deepEqual(await failures(alteration), codes))
}

const BOUND: Partial<Policy> = { binding: 'required', nonce: skip('chosen by the enclave') }

/** User data that commits to a binding, as an enclave on Azure writes it. */
function commitment(bound: Binding): Uint8Array {
  return new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest())
}

test('a binding in the user data is accepted, the quote committing to it', async () => {
  const bound = binding()
  const verdict = await judge({ vm: { userData: commitment(bound) }, binding: bound, common: BOUND })
  assert.ok(verdict.accepted && verdict.enclave)
  assert.deepEqual(verdict.enclave.binding, bound)
})

test('a quote from before the reboot does not vouch for keys from after it', async () => {
  const bound = binding()
  const alteration = {
    vm: { userData: commitment(bound), extraData: new Uint8Array(32) },
    binding: bound,
    common: BOUND,
  }
  assert.deepEqual(await failures(alteration), ['tpm_extra_data_mismatch'])
})

test('a binding that is not the one in the user data is rejected', async () => {
  assert.deepEqual(await failures({ binding: binding(), common: BOUND }), ['report_data_mismatch'])
})

test('a nonce is looked for in the extra data of the quote', async () => {
  const nonce = new Uint8Array(48).fill(9)
  const verdict = await judge({ vm: { extraData: nonce }, common: { nonce } })
  assert.equal(verdict.accepted, true)
})

test('a nonce in the user data does not make an older quote, which says nothing of it, a fresh one', async () => {
  const nonce = new Uint8Array(32).fill(9)
  const userData = Uint8Array.of(...nonce, ...new Uint8Array(32))
  const empty = new Uint8Array(0)
  assert.deepEqual(await failures({ vm: { userData, extraData: nonce }, common: { nonce } }), [])
  assert.deepEqual(await failures({ vm: { userData, extraData: empty }, common: { nonce } }), ['nonce_mismatch'])
})

test('every check of the family is seen to fail', () => {
  const seen = new Set([...REJECTED.flatMap(([, , codes]) => codes), 'tpm_extra_data_mismatch'])
  assert.deepEqual(
    Object.values(AZURE_VTPM_CHECK_CODES).filter((code) => !seen.has(code)),
    [],
  )
})

test('a TD quote goes to the TDX appraiser, with the policy for it, and its report data is that of the TDREPORT', async () => {
  const tdQuote = new Uint8Array(9).fill(3)
  const vm = azureVm({ now: NOW, tdReport, evidence: { tdQuote } })
  const asked: unknown[] = []
  const answering = (reportData: Uint8Array): Appraiser<'tdx'> => ({
    ...silent,
    async appraise(evidence, _endorsements, { family }) {
      asked.push(evidence.quote, family)
      const [form, signature] = (['evidence_form', 'signature'] as const).map((name) => check(name, true, '', ''))
      return { checks: [form, signature].flatMap((one) => one ?? []), claims: tdxClaims(reportData), terms: [] }
    },
  })
  const policy = { snp: 'refused', tdx: HARDWARE_ONLY_TDX } as const
  const verdict = await judge({ policy, tdx: answering(vm.reportData) }, vm)
  assert.deepEqual(
    verdict.checks.filter(({ outcome }) => outcome === 'failed'),
    [],
  )
  assert.equal(verdict.accepted, true)
  assert.deepEqual(asked, [tdQuote, HARDWARE_ONLY_TDX])
  const other = await judge({ policy, tdx: answering(flipBit(vm.reportData, 0)) }, vm)
  assert.deepEqual(!other.accepted && other.failures, ['azure_claims_hash_mismatch', 'azure_td_report_mismatch'])
})

test('production believes no VM of the test vendor', async () => {
  const { quote, machine } = azureVm({ now: NOW })
  const verdict = await verify(
    { type: 'azure-vtpm', quote, binding: null },
    [...machine.chain.map((one) => endorsement('certificate', one)), endorsement('crl', machine.revoke([]))],
    { ...policyOf(), families: { 'azure-vtpm': AZURE } },
    NOW,
    mathematics,
    PRODUCTION_APPRAISERS,
  )
  assert.deepEqual(!verdict.accepted && verdict.failures, ['root_untrusted'])
})

function tdReport(reportData: Uint8Array): Uint8Array {
  const report = new Uint8Array(1024)
  report.set(reportData, 128)
  return report
}

function tdxClaims(reportData: Uint8Array): NonNullable<Awaited<ReturnType<Appraiser['appraise']>>['claims']> {
  const zeros = new Uint8Array(48)
  return {
    measurements: { MRTD: zeros },
    reportData,
    nonce: null,
    debug: false,
    issuedAt: null,
    platform: null,
    tcb: null,
    details: {
      family: 'tdx',
      tdAttributes: new Uint8Array(8),
      xfam: new Uint8Array(8),
      mrSeam: zeros,
      mrConfigId: zeros,
      mrOwner: zeros,
      mrOwnerConfig: zeros,
      mrServiceTd: null,
      fmspc: new Uint8Array(6),
      tcbEvaluationDataNumber: null,
    },
  }
}
