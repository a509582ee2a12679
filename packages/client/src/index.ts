export type { Skip, VerifiedEnclave } from '@perf-aggregator/attestation'
export type { Credentials, Exchange, SubmitBody, SuiteName } from '@perf-aggregator/protocol'
export { mathematics } from '#mathematics'
export {
  CERTIFICATE_CHECKS,
  type CertificateCheck,
  type CertificateCheckName,
} from './certificate/check.ts'
export type { LogPosition } from './certificate/log-checks.ts'
export {
  CertificateError,
  type CertificateExplanation,
  explainCertificate,
  type VerifiedCertificate,
  type VerifyOptions,
  verifyCertificate,
} from './certificate/verify-certificate.ts'
export { type ClientKey, generateClientKey, importClientKey, type PrivateJwk } from './crypto/client-key.ts'
export { CryptoHelper, type HelperExpectation } from './crypto-helper.ts'
export { type ClientClock, systemClock } from './enclave/clock.ts'
export { type ConnectionOptions, EnclaveConnection } from './enclave/connection.ts'
export type { CertificateTrust, EnclaveTrust, HardwareTrust, ReleaseRegisters } from './enclave/trust.ts'
export { AttestationRefusal } from './enclave/verify-attestation.ts'
export { ClientError, LOCAL_CODES, type LocalCode } from './errors.ts'
export { LogError, type LogVerification, type VerifyLogOptions, verifyLog } from './log/verify-log.ts'
export { type CallOptions, EnclaveSession, type SessionExport } from './session/enclave-session.ts'
export type { Registration } from './session/registration.ts'
export {
  type CertificateRequestOptions,
  fetchCertificate,
  type IssuedCertificate,
} from './session/request-certificate.ts'
export { SecureClient, type SecureClientOptions } from './session/secure-client.ts'
