export {
  type Appraisal,
  type Appraiser,
  type Appraisers,
  appraisers,
  type Claims,
  PRODUCTION_APPRAISERS,
} from './appraiser.ts'
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
export { AttestationError, type AttestationErrorCode } from './errors.ts'
export {
  type AttestationQuote,
  type AttestationQuoteJson,
  attestationQuoteFromJson,
  attestationQuoteToJson,
  type Evidence,
} from './evidence.ts'
export type { Mathematics } from './mathematics.ts'
export { isSkip, type Policy, type Skip, skip } from './policy.ts'
export { CHECK_CODES, type Check, type CheckName, type FailureCode, type Verdict } from './verdict.ts'
export { isVerifiedEnclave, type VerifiedEnclave } from './verified-enclave.ts'
export { verify } from './verify.ts'
