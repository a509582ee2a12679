import type { Check, CheckName } from './checks.ts'
import type { Claims } from './claims.ts'
import type { Evidence } from './evidence.ts'
import type { Mathematics } from './mathematics.ts'
import type { FamilyName, FamilyPolicies, Policy } from './policy.ts'
import type { Term } from './validity.ts'

export interface Appraisal {
  /** The family's own checks: form, endorsements, chain, signature, TCB. At least one, whatever was given. */
  readonly checks: readonly Check[]
  /** Null when nothing could be read; a failed check then says why. */
  readonly claims: Claims | null
  /** Times of validity of every certificate, CRL and piece of collateral the checks rest on. */
  readonly terms: readonly Term[]
}

export interface AppraisalContext<Family extends FamilyName> {
  readonly policy: Policy
  /** `policy.families[type]`, whose form {@link Appraiser.isPolicy} confirmed. */
  readonly family: FamilyPolicies[Family]
  /** Seconds since 1970: the present, or the time of the document that is being verified. */
  readonly now: number
  readonly mathematics: Mathematics
}

/**
 * One TEE family. It reads the quote, verifies its signature up to a root it trusts, extracts the claims and checks what
 * the family alone has. What is the same for all families (measurement, platform, report data, nonce, debug, times) the
 * engine checks itself.
 */
export interface Appraiser<Family extends FamilyName = FamilyName> {
  readonly type: Family
  /** Checks without which having passed no verdict is positive, beside `signature`, whatever a code path forgot to do. */
  readonly indispensable: readonly CheckName[]
  /** Form of the family's part of a policy. */
  isPolicy(part: unknown): boolean
  /** Never throws for anything received: what is wrong becomes a failed check. */
  appraise(
    evidence: Evidence,
    endorsements: readonly Uint8Array[],
    context: AppraisalContext<Family>,
  ): Promise<Appraisal>
}

/** Appraisers by evidence type. */
export type Appraisers = ReadonlyMap<string, Appraiser>

export function appraisers(...families: readonly Appraiser[]): Appraisers {
  return new Map(families.map((family) => [family.type, family]))
}
