/** What the engine holds the claims of any family against. */

import { type Binding, reportData } from './binding.ts'
import { concat, encodeHex, equalBytes } from './bytes/index.ts'
import { type Check, check, unlessSkipped } from './checks.ts'
import type { Claims } from './claims.ts'
import { instant } from './instant.ts'
import type { Mathematics } from './mathematics.ts'
import { type FamilyPolicy, measurementCheck } from './measurements.ts'
import type { Policy } from './policy.ts'

const REPORT_DATA_SIZE = 64

export function claimChecks(claims: Claims, family: FamilyPolicy, policy: Policy, now: number): readonly Check[] {
  const { issuedAt, platform } = claims
  const age = issuedAt === null ? 'no time in the evidence' : `${now - issuedAt} s`
  return [
    check('debug', !claims.debug, 'off', claims.debug ? 'on' : 'off'),
    measurementCheck(claims.measurements, family.measurements),
    unlessSkipped('platform', family.platforms, (accepted) => [
      platform !== null && accepted.some((one) => equalBytes(one, platform.id)),
      `one of: ${accepted.map(encodeHex).join(', ') || 'none'}`,
      platform ? `${platform.kind} ${encodeHex(platform.id)}` : 'no platform in the evidence',
    ]),
    unlessSkipped('age', policy.maxAge, (maxAge) => [
      issuedAt !== null && now - issuedAt <= maxAge,
      `at most ${maxAge} s`,
      age,
    ]),
    unlessSkipped('clock', policy.clockSkew, (skew) => [
      issuedAt !== null && issuedAt - now <= skew,
      `at most ${skew} s ahead`,
      age,
    ]),
  ]
}

export function bindingChecks(binding: Binding, policy: Policy, now: number): readonly Check[] {
  return [
    unlessSkipped('nonce', policy.nonce, (nonce) => [
      equalBytes(nonce, binding.nonce),
      encodeHex(nonce),
      encodeHex(binding.nonce),
    ]),
    unlessSkipped('not_after', policy.notAfter, () => [
      now < binding.notAfter,
      `later than ${instant(now)}`,
      instant(binding.notAfter),
    ]),
  ]
}

/**
 * What is left of {@link bindingChecks} where the policy skips the binding. The nonce then stands in the family's slot for
 * it, or, where it has none, in the report data with zeros after it; an empty nonce is no nonce. Keys there are none that could
 * expire.
 */
export function unboundChecks(claims: Claims, policy: Policy): readonly Check[] {
  return [
    unlessSkipped('nonce', policy.nonce, (nonce) => {
      const found = claims.nonce ?? claims.reportData
      const padding = claims.nonce ? 0 : Math.max(0, (found?.length ?? 0) - nonce.length)
      const isSame = found !== null && nonce.length > 0 && equalBytes(concat(nonce, new Uint8Array(padding)), found)
      return [isSame, encodeHex(nonce), found ? encodeHex(found) : 'no nonce in the evidence']
    }),
    unlessSkipped('not_after', policy.notAfter, () => [false, 'keys with a time to end', 'the binding is skipped']),
  ]
}

export async function reportDataCheck(claims: Claims, binding: Binding, mathematics: Mathematics): Promise<Check> {
  const found = claims.reportData ? encodeHex(claims.reportData) : 'no report data in the evidence'
  try {
    const expected = await reportData(binding, mathematics)
    const isSame =
      claims.reportData !== null && expected.length === REPORT_DATA_SIZE && equalBytes(expected, claims.reportData)
    return check('report_data', isSame, encodeHex(expected), found)
  } catch {
    return check('report_data', false, 'SHA-512 of the binding, which could not be computed', found)
  }
}
