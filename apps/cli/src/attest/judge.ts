/** Evidence and the caller's policy in, verdicts with what has to be said about them out. */
import {
  type Appraisers,
  type FailureCode,
  HARDWARE_ONLY_WARNING,
  type HardwareFamily,
  hardwareOnlyPolicy,
  leavesMeasurementUnchecked,
  type Policy,
  PRODUCTION_APPRAISERS,
  skip,
  type Verdict,
  verify,
} from '@perf-aggregator/attestation'
import { mathematics } from '@perf-aggregator/client'
import { type BootLog, type BootLogFlags, isContradicted, MISMATCH, readBootLog } from './boot-log.ts'
import type { GivenEvidence } from './inputs.ts'
import { type Moment, secondsOf } from './moment.ts'

export const HARDWARE_FAMILIES = ['nitro', 'sgx', 'tdx', 'snp', 'azure-vtpm'] as const satisfies HardwareFamily[]

export interface Demands {
  readonly moment: Moment
  /** Null: the built-in policy `hardware-only`. */
  readonly policy: Policy | null
  /** The one family to accept; null: that of the evidence, or those of the policy. */
  readonly tee: HardwareFamily | null
  readonly nonce: Uint8Array | null
  /** Why revocation of AMD and AWS keys is not checked; null: it is wherever a list is at hand. */
  readonly revocationSkip: string | null
  readonly bootLog?: BootLogFlags
}

/** Of AMD and AWS keys: their evidence comes without lists, and archives keep none. Intel's are never optional. */
const NO_LISTS = 'no revocation list was given; --collateral FILE gives those of AMD or AWS, a policy insists on them'

export interface Judged extends GivenEvidence {
  readonly verdict: Verdict
  /** The moment is the evidence's own, and only its signature vouches for it. */
  readonly atDocument: boolean
  readonly policy: 'hardware-only' | 'file'
  /** What nobody may miss: each a sentence. */
  readonly warnings: readonly string[]
  /** Null where none was given, or the evidence could not be read. */
  readonly bootLog: BootLog | null
}

/** @param appraisers families to believe: the production families, but in tests of evidence from vendors that do not exist */
export async function judge(
  given: GivenEvidence,
  demands: Demands,
  appraisers: Appraisers = PRODUCTION_APPRAISERS,
): Promise<Judged> {
  const { evidence, endorsements, file } = given
  const policy = demands.policy ? narrowed(demands.policy, demands.tee) : builtIn(given, demands)
  const now = secondsOf(demands.moment, evidence, file)
  const verdict = await verify(evidence, endorsements, policy, now, mathematics, appraisers)
  return {
    ...given,
    verdict,
    atDocument: demands.moment === 'document',
    policy: demands.policy ? 'file' : 'hardware-only',
    warnings: warningsOf(policy, verdict),
    bootLog: await readBootLog(verdict.accepted ? verdict.claims : verdict.unverifiedClaims, demands.bootLog ?? {}),
  }
}

/** Accepted by the engine, and not contradicted by a log that was given. */
export function isAccepted({ verdict, bootLog }: Judged): boolean {
  return verdict.accepted && !(bootLog && isContradicted(bootLog))
}

/** Every failure, of the engine and of the log. */
export function failuresOf({ verdict, bootLog }: Judged): readonly string[] {
  return [...(verdict.accepted ? [] : verdict.failures), ...(bootLog && isContradicted(bootLog) ? [MISMATCH] : [])]
}

/** The policy as it is about the one family that was asked for. */
function narrowed(policy: Policy, tee: HardwareFamily | null): Policy {
  if (tee === null) return policy
  const family = policy.families[tee]
  return { ...policy, families: family ? { [tee]: family } : {} }
}

function builtIn({ evidence, hasLists }: GivenEvidence, { tee, nonce, revocationSkip }: Demands): Policy {
  const family = tee ?? HARDWARE_FAMILIES.find((one) => one === evidence.type)
  // A list that is given and is not of this chain must not count as none.
  const unchecked = revocationSkip ?? (hasLists ? null : NO_LISTS)
  const policy = hardwareOnlyPolicy(family ?? 'snp', {
    ...(nonce && { nonce }),
    ...(unchecked !== null && { revocation: skip(unchecked) }),
  })
  // No hardware: nothing is accepted, and the verdict says so.
  return family ? policy : { ...policy, families: {} }
}

function warningsOf(policy: Policy, { checks }: Verdict): readonly string[] {
  const unchecked = checks.find(
    ({ outcome, name }) => outcome === 'skipped' && (name === 'revocation' || name === 'crl_coverage'),
  )
  return [
    ...(leavesMeasurementUnchecked(policy) ? [HARDWARE_ONLY_WARNING] : []),
    ...(unchecked?.outcome === 'skipped' ? [`REVOCATION NOT CHECKED: ${unchecked.reason}`] : []),
  ]
}

/** Failures that mean: there was nothing to judge. */
const UNREADABLE: readonly FailureCode[] = ['evidence_malformed', 'azure_hcl_malformed', 'tpm_quote_malformed']

export function isMalformed(verdict: Verdict): boolean {
  return !verdict.accepted && verdict.failures.some((code) => UNREADABLE.includes(code))
}
