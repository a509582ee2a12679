import { AZURE_VTPM_CHECK_CODES } from './azure-vtpm/check-codes.ts'
import { ENGINE_CHECK_CODES, X509_CHECK_CODES } from './check-codes.ts'
import { INTEL_CHECK_CODES } from './intel/check-codes.ts'
import { NITRO_CHECK_CODES } from './nitro/check-codes.ts'
import { isSkip, type Skip } from './skip.ts'
import { SNP_CHECK_CODES } from './snp/check-codes.ts'

/** Every check by name, and the one code it fails with. A family adds its own in its `check-codes.ts`. */
export const CHECK_CODES = {
  ...ENGINE_CHECK_CODES,
  ...X509_CHECK_CODES,
  ...NITRO_CHECK_CODES,
  ...INTEL_CHECK_CODES,
  ...SNP_CHECK_CODES,
  ...AZURE_VTPM_CHECK_CODES,
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

export function check(name: CheckName, passed: boolean, expected: string, found: string): Check {
  return passed
    ? { name, outcome: 'passed', expected, found }
    : { name, outcome: 'failed', code: CHECK_CODES[name], expected, found }
}

/** A check of one part of a policy: run, or recorded as skipped with the policy's reason. */
export function unlessSkipped<Part>(
  name: CheckName,
  part: Part | Skip,
  run: (part: Part) => readonly [passed: boolean, expected: string, found: string],
): Check {
  if (isSkip(part)) return { name, outcome: 'skipped', reason: part.skip }
  return check(name, ...run(part))
}
