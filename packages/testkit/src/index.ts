export {
  type Alterations,
  type CertificateMaker,
  certificateMaker,
  LOG_ORIGIN,
  type MadeCertificate,
  type RawKeyPair,
  rawKeyPair,
} from './certificate-maker.ts'
