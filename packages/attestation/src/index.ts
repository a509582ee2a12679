export {
  type Appraisal,
  type AppraisalContext,
  type Appraiser,
  type Appraisers,
  appraisers,
} from './appraiser.ts'
export { type AzureVtpmEvidence, encodeAzureVtpmEvidence } from './azure-vtpm/evidence-form.ts'
export {
  BINDING_SIZES,
  BINDING_TAG,
  type Binding,
  type BindingJson,
  bindingFromJson,
  bindingToJson,
  encodeBinding,
  reportData,
} from './binding.ts'
export { BUNDLE_MEDIA_TYPE, type EvidenceBundle, formatBundle, parseBundle } from './bundle/bundle.ts'
export { CHECK_CODES, type Check, type CheckName, type FailureCode } from './checks.ts'
export type { Claims, FamilyClaims, Platform } from './claims.ts'
export { documentTime } from './document-time.ts'
export { type EatClaims, type EatSubmodule, eatClaims } from './eat.ts'
export { type EndorsementName, endorsement, labelled } from './endorsements.ts'
export { AttestationError, type AttestationErrorCode } from './errors.ts'
export {
  type Confirmation,
  compareEventLogs,
  confirmReplay,
  describeEvent,
  type EventChange,
  type EventLog,
  type EventLogKind,
  type LoggedEvent,
  readEventLog,
  registersThatDiffer,
  replayEventLog,
} from './event-log/index.ts'
export {
  type AttestationQuote,
  type AttestationQuoteJson,
  attestationQuoteFromJson,
  attestationQuoteToJson,
  type BoundEvidence,
  type Evidence,
} from './evidence.ts'
export {
  HARDWARE_ONLY_WARNING,
  type HardwareFamily,
  type HardwareOnlyOptions,
  hardwareOnlyPolicy,
  leavesMeasurementUnchecked,
} from './hardware-only.ts'
export { instant } from './instant.ts'
export { isLogOrigin } from './log-origin.ts'
export type { DigestAlgorithm, Mathematics, PublicKey, SignatureScheme } from './mathematics.ts'
export type { AcceptedMeasurement, FamilyPolicy, Registers } from './measurements.ts'
export type { FamilyName, FamilyPolicies, Policy } from './policy.ts'
export { PRODUCTION_APPRAISERS } from './production.ts'
export { isSkip, type Skip, skip } from './skip.ts'
export { type Tcb, type TcbAcceptance, type TcbComponent, type TcbStatus, UP_TO_DATE } from './tcb.ts'
export type { Validity } from './validity.ts'
export type { Accepted, Rejected, Verdict } from './verdict.ts'
export { isVerifiedEnclave, type VerifiedEnclave } from './verified-enclave.ts'
export { verify } from './verify.ts'
export { KEY_KIND, subjectKeyKind } from './x509/algorithms.ts'
