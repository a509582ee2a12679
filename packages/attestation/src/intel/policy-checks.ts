/** What SGX and TDX policies ask alike, beyond what the engine checks for every family. */
import { type Check, unlessSkipped } from '../checks.ts'
import { type FamilyPolicy, matchMeasurement, type Registers } from '../measurements.ts'
import { isSkip, type Skip } from '../skip.ts'
import { type TcbAcceptance, tcbChecks } from '../tcb.ts'
import type { PlatformAppraisal } from './platform.ts'

interface IntelPolicy extends FamilyPolicy {
  readonly tcb: TcbAcceptance | Skip
  readonly minTcbEvaluationDataNumber: number | Skip
}

export function platformPolicyChecks(
  { tcb, evaluationDataNumber }: PlatformAppraisal,
  measurements: Registers,
  policy: IntelPolicy,
): readonly Check[] {
  const matched = isSkip(policy.measurements) ? undefined : matchMeasurement(measurements, policy.measurements)
  return [
    ...tcbChecks(tcb, matched?.tcb ?? policy.tcb),
    unlessSkipped('intel_tcb_evaluation', policy.minTcbEvaluationDataNumber, (least) => [
      evaluationDataNumber !== null && evaluationDataNumber >= least,
      `TCB evaluation ${least} or later`,
      evaluationDataNumber === null ? 'none' : String(evaluationDataNumber),
    ]),
  ]
}
