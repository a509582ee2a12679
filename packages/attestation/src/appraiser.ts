import type { Evidence } from './evidence.ts'
import type { Mathematics } from './mathematics.ts'
import type { Policy } from './policy.ts'
import type { Check } from './verdict.ts'

/** What evidence says once its form and signature chain are known, in terms common to all families. */
export interface Claims {
  readonly measurement: Uint8Array
  /** 64 bytes */
  readonly reportData: Uint8Array
  readonly debug: boolean
  /** Seconds since 1970 when the TEE signed, or null in families whose evidence carries no time. */
  readonly issuedAt: number | null
}

export interface Appraisal {
  /** The family's own checks: form, endorsements, chain, signature, TCB. At least one, whatever was given. */
  readonly checks: readonly Check[]
  /** Null when nothing could be read; a failed check then says why. */
  readonly claims: Claims | null
}

/**
 * One TEE family. It reads the quote, verifies its signature up to a root it trusts and extracts the claims; what is
 * the same for all families (measurement, report data, nonce, debug, times) the engine checks itself.
 */
export interface Appraiser {
  readonly type: string
  /** Never throws for anything received: what is wrong becomes a failed check. */
  appraise(
    evidence: Evidence,
    endorsements: readonly Uint8Array[],
    context: { readonly policy: Policy; readonly now: number; readonly mathematics: Mathematics },
  ): Promise<Appraisal>
}

/** Appraisers by evidence type. */
export type Appraisers = ReadonlyMap<string, Appraiser>

export function appraisers(...families: readonly Appraiser[]): Appraisers {
  return new Map(families.map((family) => [family.type, family]))
}

/**
 * The families production code believes. The simulator is not among them, and this module does not import it: a
 * program that accepts a simulator has to import and hand over its appraiser in so many words. Hardware families
 * (`snp`, `tdx`, `sgx`, `nitro`, …) join here.
 */
export const PRODUCTION_APPRAISERS: Appraisers = appraisers()
