import type { Appraisal, AppraisalContext, Appraiser } from '../appraiser.ts'
import { CHECK_CODES, type Check, type CheckName, check } from '../checks.ts'
import { claimChecks } from '../claim-checks.ts'
import type { Claims } from '../claims.ts'
import type { FamilyPolicy } from '../measurements.ts'
import { namedTcbChecks } from '../named-tcb.ts'
import { type AzureVtpmEvidence, readAzureVtpmEvidence } from './evidence-form.ts'
import { type HclReport, readHclReport } from './hcl-report.ts'
import { claimsHashChecks, paravisorCheck, secureBootCheck } from './paravisor-checks.ts'
import { type AzureVtpmRegister, isAzureVtpmPolicy } from './policy.ts'
import { type RuntimeClaims, readRuntimeClaims } from './runtime-claims.ts'
import { tpmChecks } from './tpm-checks.ts'
import { readTpmQuote, type TpmQuote } from './tpm-quote.ts'

/** The appraisers of the hardware below: those of the same build, so that a vTPM is believed no wider than they are. */
export interface HardwareAppraisers {
  readonly snp: Appraiser<'snp'>
  readonly tdx: Appraiser<'tdx'>
}

type Context = AppraisalContext<'azure-vtpm'>

/**
 * Reads the evidence of confidential VMs on Azure (`evidence-form.ts`), whose vTPM a paravisor of Microsoft's runs inside the TEE. The
 * links, each checked: hardware → hash of the claims → attestation key → TPM quote → PCRs; and, where there is a binding, TPM quote
 * → user data → binding. Endorsements are those of the hardware.
 */
export function azureVtpmAppraiser(hardware: HardwareAppraisers): Appraiser<'azure-vtpm'> {
  return {
    type: 'azure-vtpm',
    indispensable: [
      'evidence_form',
      'azure_hcl_form',
      'azure_hardware',
      'azure_hardware_form',
      'azure_paravisor',
      'azure_claims',
      'azure_claims_hash',
      'tpm_form',
      'tpm_signature',
      'tpm_pcr_digest',
    ],
    isPolicy: isAzureVtpmPolicy,
    async appraise(evidence, endorsements, context): Promise<Appraisal> {
      const given = orNull(() => readAzureVtpmEvidence(evidence.quote))
      const hcl = given && orNull(() => readHclReport(given.hclReport))
      const runtime = hcl && orNull(() => readRuntimeClaims(hcl.claims))
      const quote = given && orNull(() => readTpmQuote(given.message))

      const below = await appraiseHardware(hardware, given, hcl, endorsements, context)
      const claims = given && quote && below.claims && claimsOf(given, quote, runtime, below.claims)
      const checks: readonly Check[] = [
        formCheck('evidence_form', given, 'Azure vTPM evidence'),
        formCheck('azure_hcl_form', hcl, 'an HCL report'),
        ...below.checks,
        paravisorCheck(below.claims),
        formCheck('azure_claims', runtime, 'claims with an attestation key of RSA-2048'),
        ...(await claimsHashChecks(hcl, below.claims, context.mathematics)),
        secureBootCheck(runtime, context.family),
        formCheck('tpm_form', quote, 'a TPM quote of SHA-256 PCRs'),
        ...(await tpmChecks(given, quote, runtime, context)),
        ...(claims ? namedTcbChecks(claims.measurements, context.family.measurements, claims.tcb) : []),
      ]
      return {
        checks,
        claims,
        terms: below.terms,
      }
    },
  }
}

/** The hardware's own appraisal, held against the policy for it, with what the engine would check of its claims. */
async function appraiseHardware(
  { snp, tdx }: HardwareAppraisers,
  evidence: AzureVtpmEvidence | null,
  hcl: HclReport | null,
  endorsements: readonly Uint8Array[],
  { policy, family, now, mathematics }: Context,
): Promise<Appraisal> {
  const accepted = (['snp', 'tdx'] as const).filter((one) => family[one] !== 'refused')
  const isAccepted = hcl !== null && accepted.includes(hcl.hardware)
  const kind = check(
    'azure_hardware',
    isAccepted,
    `one of: ${accepted.join(', ') || 'none'}`,
    hcl ? hcl.hardware : 'none that could be read',
  )
  // A TD quote beside SNP would be carried along unverified.
  const report = hcl?.hardware === 'tdx' ? evidence?.tdQuote : evidence?.tdQuote === null ? hcl?.hardwareReport : null
  const context = { policy, now, mathematics }
  let below: Appraisal = { checks: [], claims: null, terms: [] }
  let own: FamilyPolicy | null = null
  let indispensable: readonly CheckName[] = []
  if (hcl?.hardware === 'snp' && report && family.snp !== 'refused') {
    ;[own, indispensable] = [family.snp, snp.indispensable]
    const evidenceBelow = { type: 'snp', quote: report, binding: null }
    below = await snp.appraise(evidenceBelow, endorsements, { ...context, family: family.snp })
  } else if (hcl?.hardware === 'tdx' && report && family.tdx !== 'refused') {
    ;[own, indispensable] = [family.tdx, tdx.indispensable]
    const evidenceBelow = { type: 'tdx', quote: report, binding: null }
    below = await tdx.appraise(evidenceBelow, endorsements, { ...context, family: family.tdx })
  }
  const looked = new Set(below.checks.filter(({ outcome }) => outcome !== 'skipped').map(({ name }) => name))
  const isWhole = below.claims !== null && [...indispensable, 'signature' as const].every((name) => looked.has(name))
  return {
    checks: [
      kind,
      check('azure_hardware_form', isWhole, 'a report of the hardware, checked in full', isWhole ? 'so' : 'not so'),
      ...below.checks,
      ...(below.claims && own ? hardwareClaimChecks(below.claims, own, context) : []),
    ],
    claims: below.claims,
    terms: below.terms,
  }
}

const RENAMED = {
  measurement: 'azure_hardware_measurement',
  platform: 'azure_hardware_platform',
} as const satisfies Partial<Record<CheckName, CheckName>>

/** Debug the engine checks, for it goes into the claims; age and clock neither report has. */
function hardwareClaimChecks(
  claims: Claims,
  own: FamilyPolicy,
  { policy, now }: Pick<Context, 'policy' | 'now'>,
): readonly Check[] {
  return claimChecks(claims, own, policy, now).flatMap((one) => {
    if (one.name !== 'measurement' && one.name !== 'platform') return []
    const name = RENAMED[one.name]
    return [one.outcome === 'failed' ? { ...one, name, code: CHECK_CODES[name] } : { ...one, name }]
  })
}

function claimsOf(
  { pcrs }: AzureVtpmEvidence,
  { selected, extraData }: TpmQuote,
  runtime: RuntimeClaims | null,
  below: Claims,
): Claims | null {
  const { details, measurements } = below
  if (details.family !== 'snp' && details.family !== 'tdx') return null
  const names = selected.map((index): AzureVtpmRegister => `PCR${index}`)
  return {
    measurements: Object.fromEntries(
      pcrs.flatMap((value, at) => {
        const name = names[at]
        return name === undefined ? [] : [[name, value]]
      }),
    ),
    reportData: runtime?.userData ?? null,
    nonce: extraData,
    debug: below.debug,
    issuedAt: null,
    platform: below.platform,
    tcb: below.tcb,
    details: {
      family: 'azure-vtpm',
      vmUniqueId: runtime?.vmUniqueId ?? null,
      secureBoot: runtime?.secureBoot ?? null,
      hardware: details,
      hardwareMeasurement:
        (details.family === 'snp' ? measurements['MEASUREMENT'] : measurements['MRTD']) ?? new Uint8Array(0),
    },
  }
}

function formCheck(name: CheckName, read: object | null, expected: string): Check {
  return check(name, read !== null, expected, read ? 'so' : 'another thing')
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
