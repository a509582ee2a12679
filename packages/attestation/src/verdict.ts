import type { VerifiedEnclave } from './verified-enclave.ts'

/** Every check by name, and the one code it fails with. Names and codes are stable; families add their own. */
export const CHECK_CODES = {
  // for every family
  policy: 'policy_malformed',
  evidence_type: 'evidence_type_unknown',
  evidence_form: 'evidence_malformed',
  endorsements: 'endorsements_malformed',
  root: 'root_untrusted',
  signature: 'signature_invalid',
  debug: 'debug_enabled',
  measurement: 'measurement_unknown',
  binding: 'binding_malformed',
  report_data: 'report_data_mismatch',
  nonce: 'nonce_mismatch',
  not_after: 'keys_expired',
  age: 'evidence_too_old',
  clock: 'evidence_from_future',
  // simulator
  measurement_is_release: 'measurement_not_release',
} as const

export type CheckName = keyof typeof CHECK_CODES
export type FailureCode = (typeof CHECK_CODES)[CheckName]

/** One thing that was looked at. `expected` and `found` are for people; they hold no secret and no foreign text. */
export type Check =
  | { readonly name: CheckName; readonly outcome: 'passed'; readonly expected: string; readonly found: string }
  | { readonly name: CheckName; readonly outcome: 'skipped'; readonly reason: string }
  | {
      readonly name: CheckName
      readonly outcome: 'failed'
      readonly code: FailureCode
      readonly expected: string
      readonly found: string
    }

/** The engine's answer: all checks, and the enclave only when none failed. */
export type Verdict =
  | { readonly accepted: true; readonly checks: readonly Check[]; readonly enclave: VerifiedEnclave }
  | { readonly accepted: false; readonly checks: readonly Check[]; readonly failures: readonly FailureCode[] }

export function check(name: CheckName, passed: boolean, expected: string, found: string): Check {
  return passed
    ? { name, outcome: 'passed', expected, found }
    : { name, outcome: 'failed', code: CHECK_CODES[name], expected, found }
}
