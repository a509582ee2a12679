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
export { type Needle, needlesOf } from './memory/forms.ts'
export { type WatchedProcess, watchProcess } from './memory/memory-scanner.ts'
export type { ScanReport } from './memory/scan.ts'
export { type Finding, Search } from './memory/search.ts'
export { samplePerformance } from './sample-performance.ts'
