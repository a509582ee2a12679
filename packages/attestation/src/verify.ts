/** The engine: evidence and a policy in, a verdict with every check in it out (requirement A3). Fails closed. */
import { type Appraisal, type Appraisers, type Claims, PRODUCTION_APPRAISERS } from './appraiser.ts'
import { type Binding, copyBinding, encodeBinding } from './binding.ts'
import { encodeHex, equalBytes } from './bytes/index.ts'
import type { Evidence } from './evidence.ts'
import type { Mathematics } from './mathematics.ts'
import { isSkip, type Policy, type Skip } from './policy.ts'
import { type Check, type CheckName, check, type Verdict } from './verdict.ts'
import { markVerified } from './verified-enclave.ts'

/** Without these having passed no verdict is positive, whatever an appraiser forgot to do. */
const INDISPENSABLE: readonly CheckName[] = ['policy', 'evidence_type', 'signature', 'binding', 'report_data']

/**
 * Verifies that `evidence` was signed by a TEE of a family in `appraisers`, is what `policy` accepts, and commits to
 * its binding. Runs every check it can reach and reports all failures, never only the first. Rejects for nothing
 * received: what goes wrong on the way, in `mathematics` too, is a failed check.
 *
 * @param endorsements certificates and collateral, in the family's order
 * @param now seconds since 1970: the present, or the time of the document that is being verified
 * @param appraisers families to believe; left out, the production families, which know no simulator
 */
export async function verify(
  evidence: Evidence,
  endorsements: readonly Uint8Array[],
  policy: Policy,
  now: number,
  mathematics: Mathematics,
  appraisers: Appraisers = PRODUCTION_APPRAISERS,
): Promise<Verdict> {
  // Copied before the first await: what is hashed is what ends up in the verdict.
  const { type } = evidence
  const binding = readBinding(evidence)
  const checks: Check[] = [
    check('policy', isPolicy(policy, now), 'every part given or skipped with a reason', 'as given'),
  ]
  if (checks[0]?.outcome !== 'passed') return rejected(checks)

  const appraiser = appraisers.get(type)
  const known = [...appraisers.keys()].join(', ') || 'none'
  checks.push(check('evidence_type', appraiser !== undefined, `one of: ${known}`, appraiser ? type : 'another'))
  const copied = { ...evidence, binding: binding ?? evidence.binding }
  const appraisal = appraiser
    ? await appraise(() => appraiser.appraise(copied, endorsements, { policy, now, mathematics }))
    : null
  checks.push(...(appraisal?.checks ?? []))

  checks.push(
    check('binding', binding !== null, 'every field present with its size', binding ? 'it is so' : 'it is not so'),
  )
  const claims = appraisal?.claims ?? null
  if (claims) checks.push(...claimChecks(claims, policy, now))
  if (binding) checks.push(...bindingChecks(binding, policy, now))
  if (claims && binding) checks.push(await reportDataCheck(claims, binding, mathematics))

  const passed = new Set(checks.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name))
  const whole = INDISPENSABLE.every((name) => passed.has(name)) && checks.every(({ outcome }) => outcome !== 'failed')
  if (!whole || !claims || !binding) return rejected(checks)
  return { accepted: true, checks, enclave: markVerified(type, claims.measurement, binding, now) }
}

function rejected(checks: readonly Check[]): Verdict {
  const failures = checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
  return { accepted: false, checks, failures: failures.length > 0 ? [...new Set(failures)] : ['evidence_malformed'] }
}

async function appraise(run: () => Promise<Appraisal>): Promise<Appraisal> {
  try {
    return await run()
  } catch {
    return { checks: [check('evidence_form', false, 'evidence the appraiser can read', 'it could not')], claims: null }
  }
}

function readBinding(evidence: Evidence): Binding | null {
  try {
    const binding = copyBinding(evidence.binding)
    encodeBinding(binding)
    return binding
  } catch {
    return null
  }
}

function claimChecks(claims: Claims, policy: Policy, now: number): readonly Check[] {
  const { measurement, issuedAt } = claims
  const age = issuedAt === null ? 'no time in the evidence' : `${now - issuedAt} s`
  return [
    unlessSkipped('debug', policy.debug, () => [!claims.debug, 'off', claims.debug ? 'on' : 'off']),
    unlessSkipped('measurement', policy.measurements, (accepted) => [
      accepted.some((one) => equalBytes(one, measurement)),
      `one of: ${accepted.map(encodeHex).join(', ') || 'none'}`,
      encodeHex(measurement),
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

function bindingChecks(binding: Binding, policy: Policy, now: number): readonly Check[] {
  return [
    unlessSkipped('nonce', policy.nonce, (nonce) => [
      equalBytes(nonce, binding.nonce),
      encodeHex(nonce),
      encodeHex(binding.nonce),
    ]),
    unlessSkipped('not_after', policy.notAfter, () => [
      now < binding.notAfter,
      `later than ${now}`,
      String(binding.notAfter),
    ]),
  ]
}

async function reportDataCheck(claims: Claims, binding: Binding, mathematics: Mathematics): Promise<Check> {
  const found = encodeHex(claims.reportData)
  try {
    const expected = await mathematics.sha512(encodeBinding(binding))
    const equal = expected.length === 64 && equalBytes(expected, claims.reportData)
    return check('report_data', equal, encodeHex(expected), found)
  } catch {
    return check('report_data', false, 'SHA-512 of the binding, which could not be computed', found)
  }
}

function unlessSkipped<Part>(
  name: CheckName,
  part: Part | Skip,
  run: (part: Part) => readonly [passed: boolean, expected: string, found: string],
): Check {
  if (isSkip(part)) return { name, outcome: 'skipped', reason: part.skip }
  return check(name, ...run(part))
}

/** Callers without a type checker exist: a part that is missing or mistyped must not read as "nothing to check". */
function isPolicy(policy: Policy, now: number): boolean {
  const bytes = (part: unknown): boolean => part instanceof Uint8Array
  const seconds = (part: unknown): boolean => typeof part === 'number' && Number.isFinite(part) && part >= 0
  return (
    isGiven(policy.measurements, (part) => Array.isArray(part) && part.every(bytes)) &&
    isGiven(policy.nonce, bytes) &&
    isGiven(policy.debug, (part) => part === 'refused') &&
    isGiven(policy.notAfter, (part) => part === 'ahead') &&
    isGiven(policy.maxAge, seconds) &&
    isGiven(policy.clockSkew, seconds) &&
    seconds(now)
  )
}

function isGiven(part: unknown, isWellFormed: (part: unknown) => boolean): boolean {
  return isSkip(part) ? part.skip.trim() !== '' : isWellFormed(part)
}
