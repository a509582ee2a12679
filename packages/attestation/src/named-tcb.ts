/** What an accepted build asks of the platform, in families whose own policy asks nothing of a vendor's judgement. */
import type { Check } from './checks.ts'
import { type FamilyPolicy, matchMeasurement, type Registers } from './measurements.ts'
import { isSkip } from './skip.ts'
import { type Tcb, tcbChecks } from './tcb.ts'

const NO_JUDGEMENT: Tcb = { status: null, advisories: [], components: [] }

/**
 * The checks of the `tcb` that the matching build names; none where it names none. Where the vendor has given no judgement they
 * fail: what a policy asks for is never dropped in silence.
 */
export function namedTcbChecks(
  found: Registers,
  accepted: FamilyPolicy['measurements'],
  tcb: Tcb | null,
): readonly Check[] {
  const build = isSkip(accepted) ? undefined : matchMeasurement(found, accepted)
  return build?.tcb ? tcbChecks(tcb ?? NO_JUDGEMENT, build.tcb) : []
}
