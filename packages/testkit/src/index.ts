export {
  type Alterations,
  type CertificateMaker,
  certificateMaker,
  LOG_ORIGIN,
  type MadeCertificate,
  type RawKeyPair,
  rawKeyPair,
} from './certificate-maker.ts'
export {
  AuditError,
  type AuditedLog,
  type AuditTrust,
  auditCheckpoint,
  auditLog,
  auditProof,
  type LogReader,
} from './log-auditor.ts'
