import { HARDWARE_ONLY } from '../hardware-skips.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, type Skip, skip } from '../skip.ts'
import { isTcbAcceptance, type TcbAcceptance, UP_TO_DATE } from '../tcb.ts'

export type SgxRegister = 'MRENCLAVE' | 'MRSIGNER'

/** What a relying party insists on in Intel SGX evidence. Collateral and both CRLs are always required. */
export interface SgxPolicy extends FamilyPolicy<SgxRegister> {
  readonly tcb: TcbAcceptance | Skip
  /** Least `tcbEvaluationDataNumber` of TCB info and QE identity: which TCB recovery the judgement has to know. */
  readonly minTcbEvaluationDataNumber: number | Skip
  readonly isvProdId: number | Skip
  readonly minIsvSvn: number | Skip
  /** 64 bytes */
  readonly configId: Uint8Array | Skip
}

export const isSgxPolicy = form.record({
  measurements: isMeasurements({ MRENCLAVE: 32, MRSIGNER: 32 }, []),
  platforms: isPlatforms,
  tcb: form.given(isTcbAcceptance),
  minTcbEvaluationDataNumber: form.given(form.count()),
  isvProdId: form.given(form.count(0xffff)),
  minIsvSvn: form.given(form.count(0xffff)),
  configId: form.given(form.bytes(64)),
})

export const HARDWARE_ONLY_SGX: SgxPolicy = {
  measurements: HARDWARE_ONLY.measurement,
  platforms: HARDWARE_ONLY.platform,
  tcb: UP_TO_DATE,
  minTcbEvaluationDataNumber: skip('hardware only: collateral that holds at the moment of verification is new enough'),
  isvProdId: HARDWARE_ONLY.content,
  minIsvSvn: HARDWARE_ONLY.content,
  configId: HARDWARE_ONLY.content,
}
