export {
  CERTIFICATE_CHECKS,
  type CertificateCheck,
  type CertificateCheckName,
} from './certificate/check.ts'
export type { LogPosition } from './certificate/log-checks.ts'
export type { CertificateTrust, EnclaveTrust } from './certificate/trust.ts'
export {
  CertificateError,
  type CertificateExplanation,
  explainCertificate,
  type VerifiedCertificate,
  type VerifyOptions,
  verifyCertificate,
} from './certificate/verify-certificate.ts'
export { ClientError, LOCAL_CODES, type LocalCode } from './errors.ts'
