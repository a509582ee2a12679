import type { Check, FailureCode } from './checks.ts'
import type { Claims } from './claims.ts'
import type { Validity } from './validity.ts'
import type { VerifiedEnclave } from './verified-enclave.ts'

interface Judged {
  /** Every check that could be reached, failed or not. */
  readonly checks: readonly Check[]
  /** Seconds since 1970: the moment the evidence was judged at. */
  readonly at: number
  /** When everything the evidence rests on holds at once; null when nothing with a term could be read. */
  readonly validity: Validity | null
}

export interface Accepted extends Judged {
  readonly accepted: true
  readonly claims: Claims
  /** The keys the evidence commits to; null where the policy skips the binding, for then there are none to rely on. */
  readonly enclave: VerifiedEnclave | null
}

export interface Rejected extends Judged {
  readonly accepted: false
  /** Each code once, in the order of the checks. At least one. */
  readonly failures: readonly FailureCode[]
  /** What the evidence says, for whoever looks for the reason. Not to be believed. */
  readonly unverifiedClaims: Claims | null
}

/** The engine's answer: all checks, and claims and keys only when none failed. */
export type Verdict = Accepted | Rejected
