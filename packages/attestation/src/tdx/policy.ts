import { HARDWARE_ONLY } from '../hardware-skips.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, type Skip, skip } from '../skip.ts'
import { isTcbAcceptance, type TcbAcceptance, UP_TO_DATE } from '../tcb.ts'

export type TdxRegister = 'MRTD' | 'RTMR0' | 'RTMR1' | 'RTMR2' | 'RTMR3'

/** What a relying party insists on in Intel TDX evidence. Collateral and both CRLs are always required. */
export interface TdxPolicy extends FamilyPolicy<TdxRegister> {
  readonly tcb: TcbAcceptance | Skip
  /** Least `tcbEvaluationDataNumber` of TCB info and QE identity: which TCB recovery the judgement has to know. */
  readonly minTcbEvaluationDataNumber: number | Skip
  /** SEPT_VE_DISABLE: without it the host can make the guest take exceptions on its own memory. */
  readonly septVeDisable: 'required' | Skip
  /** MIGRATABLE: a TD that may move to another platform is only as good as its migration TD. */
  readonly migratable: 'refused' | Skip
  /** Hash of the service TDs bound to this one; `zero`: there is none. TD 1.0 has no such field and counts as zero. */
  readonly mrServiceTd: 'zero' | Uint8Array | Skip
  /** 48 bytes each */
  readonly mrConfigId: 'zero' | Uint8Array | Skip
  readonly mrOwner: 'zero' | Uint8Array | Skip
  readonly mrOwnerConfig: 'zero' | Uint8Array | Skip
}

const sha384OrZero = form.given((part) => part === 'zero' || form.bytes(48)(part))

export const isTdxPolicy = form.record({
  measurements: isMeasurements({ MRTD: 48, RTMR0: 48, RTMR1: 48, RTMR2: 48, RTMR3: 48 }, ['MRTD']),
  platforms: isPlatforms,
  tcb: form.given(isTcbAcceptance),
  minTcbEvaluationDataNumber: form.given(form.count()),
  septVeDisable: form.given(form.oneOf('required')),
  migratable: form.given(form.oneOf('refused')),
  mrServiceTd: sha384OrZero,
  mrConfigId: sha384OrZero,
  mrOwner: sha384OrZero,
  mrOwnerConfig: sha384OrZero,
})

export const HARDWARE_ONLY_TDX: TdxPolicy = {
  measurements: HARDWARE_ONLY.measurement,
  platforms: HARDWARE_ONLY.platform,
  tcb: UP_TO_DATE,
  minTcbEvaluationDataNumber: skip('hardware only: collateral that holds at the moment of verification is new enough'),
  septVeDisable: 'required',
  migratable: 'refused',
  mrServiceTd: 'zero',
  mrConfigId: HARDWARE_ONLY.content,
  mrOwner: HARDWARE_ONLY.content,
  mrOwnerConfig: HARDWARE_ONLY.content,
}
