/** The engine: evidence and a policy in, a verdict with every check in it out (requirement A3). Fails closed. */
import type { Appraisal, Appraiser, Appraisers } from './appraiser.ts'
import { type Binding, copyBinding, encodeBinding } from './binding.ts'
import { copyBytes } from './bytes/index.ts'
import { type Check, type CheckName, check } from './checks.ts'
import { bindingChecks, claimChecks, reportDataCheck, unboundChecks } from './claim-checks.ts'
import type { Claims } from './claims.ts'
import type { Evidence } from './evidence.ts'
import type { Mathematics } from './mathematics.ts'
import type { FamilyPolicy } from './measurements.ts'
import { isCommonPolicy, type Policy } from './policy.ts'
import { PRODUCTION_APPRAISERS } from './production.ts'
import { form, isSkip } from './skip.ts'
import { intersect, type Validity } from './validity.ts'
import type { Verdict } from './verdict.ts'
import { markVerified } from './verified-enclave.ts'

/** Without these having passed no verdict is positive, whatever an appraiser forgot to do. */
const INDISPENSABLE: readonly CheckName[] = ['policy', 'evidence_type', 'family', 'signature']
/** And these, unless the policy says in so many words that there is no binding. */
const INDISPENSABLE_BINDING: readonly CheckName[] = ['binding', 'report_data']

/**
 * Verifies that `evidence` was signed by a TEE of a family in `appraisers`, is what `policy` accepts, and commits to
 * its binding. Runs every check it can reach and reports all failures, never only the first. Rejects for nothing
 * received: what goes wrong on the way, in `mathematics` too, is a failed check.
 *
 * @param endorsements certificates and collateral, in the family's form
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
  // All bytes are copied before the first await: what is hashed is what ends up in the verdict.
  const { type } = evidence
  const binding = readBinding(evidence)
  const checks: Check[] = []
  const verdict = (claims: Claims | null, validity: Validity | null, indispensable: readonly CheckName[]): Verdict =>
    conclude({ checks, claims, validity, indispensable, now, type, binding })

  const appraiser = appraisers.get(type)
  const family = appraiser && isCommonPolicy(policy) ? policy.families[appraiser.type] : undefined
  const isPolicy = isCommonPolicy(policy) && form.seconds(now) && (!appraiser || !family || appraiser.isPolicy(family))
  checks.push(check('policy', isPolicy, 'every part given or skipped with a reason', 'as given'))
  if (!isPolicy) return verdict(null, null, INDISPENSABLE)

  const known = [...appraisers.keys()].join(', ') || 'none'
  checks.push(check('evidence_type', appraiser !== undefined, `one of: ${known}`, appraiser ? type : 'another'))
  if (appraiser) {
    const accepted = Object.keys(policy.families).join(', ') || 'none'
    checks.push(check('family', family !== undefined, `one the policy accepts: ${accepted}`, type))
  }
  const appraisal =
    appraiser && family
      ? await appraise(appraiser, () =>
          appraiser.appraise({ type, quote: copyBytes(evidence.quote), binding }, endorsements.map(copyBytes), {
            policy,
            family,
            now,
            mathematics,
          }),
        )
      : NOTHING_READ
  checks.push(...appraisal.checks)

  const { claims } = appraisal
  checks.push(...(await engineChecks(claims, family, binding, policy, now, mathematics)))
  return verdict(claims, intersect(appraisal.terms), [
    ...INDISPENSABLE,
    ...(appraiser?.indispensable ?? []),
    ...(isSkip(policy.binding) ? [] : INDISPENSABLE_BINDING),
  ])
}

const NOTHING_READ: Appraisal = { checks: [], claims: null, terms: [] }

async function appraise(appraiser: Appraiser, run: () => Promise<Appraisal>): Promise<Appraisal> {
  try {
    return await run()
  } catch {
    const unread = check('evidence_form', false, `evidence the ${appraiser.type} appraiser can read`, 'it could not')
    return { ...NOTHING_READ, checks: [unread] }
  }
}

async function engineChecks(
  claims: Claims | null,
  family: FamilyPolicy | undefined,
  binding: Binding | null,
  policy: Policy,
  now: number,
  mathematics: Mathematics,
): Promise<readonly Check[]> {
  const checks: Check[] = []
  const bound = !isSkip(policy.binding)
  if (isSkip(policy.binding)) checks.push({ name: 'binding', outcome: 'skipped', reason: policy.binding.skip })
  else checks.push(check('binding', binding !== null, 'every field present with its size', binding ? 'so' : 'not so'))
  if (claims && family) checks.push(...claimChecks(claims, family, policy, now))
  if (!bound && claims) checks.push(...unboundChecks(claims, policy))
  if (bound && binding) checks.push(...bindingChecks(binding, policy, now))
  if (bound && binding && claims) checks.push(await reportDataCheck(claims, binding, mathematics))
  return checks
}

function readBinding(evidence: Evidence): Binding | null {
  try {
    if (evidence.binding === null) return null
    const binding = copyBinding(evidence.binding)
    encodeBinding(binding)
    return binding
  } catch {
    return null
  }
}

function conclude({
  checks,
  claims,
  validity,
  indispensable,
  now: at,
  type,
  binding,
}: {
  readonly checks: readonly Check[]
  readonly claims: Claims | null
  readonly validity: Validity | null
  readonly indispensable: readonly CheckName[]
  readonly now: number
  readonly type: string
  readonly binding: Binding | null
}): Verdict {
  const passed = new Set(checks.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name))
  const missing = indispensable.filter((name) => !passed.has(name))
  const isWhole = missing.length === 0 && checks.every(({ outcome }) => outcome !== 'failed')
  if (isWhole && claims) {
    const isBound = passed.has('report_data')
    const enclave = isBound && binding ? markVerified(type, claims.measurements, binding, at) : null
    return { accepted: true, checks, at, validity, claims, enclave }
  }
  const failures = checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
  return {
    accepted: false,
    checks,
    at,
    validity,
    unverifiedClaims: claims,
    failures: failures.length > 0 ? [...new Set(failures)] : ['evidence_malformed'],
  }
}
