export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from './bytes/base64.ts'
export { EncodingError, type EncodingErrorCode } from './bytes/errors.ts'
export { decodeHex, encodeHex } from './bytes/hex.ts'
export { type Bytes, concat, equalBytes, joinSecret, readU64, secretBytes, u16, u32, u64 } from './bytes/octets.ts'
export { decodeUtf8, encodeUtf8 } from './bytes/utf8.ts'
export { certificateId, payloadDigest } from './certificate/certificate-id.ts'
export {
  type AccountClaim,
  CERTIFICATE_TYPE,
  type CertificateClaims,
  EAT_PROFILE,
  type Ed25519Jwk,
  encodeClaims,
  parseClaims,
  SIGNATURE_POLICY,
} from './certificate/claims.ts'
export { type Cmw, type CmwRecord, formatCmw, parseCmw, type UnverifiedEvidence } from './certificate/cmw.ts'
export {
  CERTIFICATE_MEDIA_TYPE,
  formatCertificateFile,
  MAX_CERTIFICATE_BYTES,
  parseCertificateFile,
  readCertificate,
  type UnverifiedCertificate,
} from './certificate/file.ts'
export {
  keyId,
  parseStatement,
  STATEMENT_TYPE,
  type Statement,
  type StatementAlgorithm,
  type StatementSignature,
  type StatementSigner,
  signStatement,
  type UnverifiedSignature,
  type UnverifiedStatement,
} from './certificate/statement.ts'
export {
  CREDENTIAL_LIMITS,
  type Credentials,
  EXCHANGES,
  type Exchange,
  encodeCredentials,
  isExchange,
} from './envelope/credentials.ts'
export { DHKEM_X25519, dhkemX25519Recipient, dhkemX25519Sender } from './envelope/dhkem-x25519.ts'
export { hkdfExpand, hkdfExtract } from './envelope/hkdf.ts'
export { openBase, sealBase } from './envelope/hpke.ts'
export type { KemRecipient, KemSender } from './envelope/kem.ts'
export type { Aead, Awaitable, HpkePrimitives, HpkeSenderPrimitives, X25519Key } from './envelope/primitives.ts'
export { type OpenedCredentials, readCredentials } from './envelope/read-credentials.ts'
export {
  MIN_TTL,
  NONCE_LENGTH,
  SUBMISSION_INFO,
  type SubmissionMetadata,
  type SubmitBody,
  sealSubmission,
  submissionAad,
  TAG_LENGTH,
} from './envelope/submission.ts'
export { DEFAULT_SUITE, SUITE_NAMES, SUITES, type Suite, type SuiteName } from './envelope/suites.ts'
export { X_WING, X_WING_SEED, type XWingKey, xWingRecipient, xWingSender } from './envelope/x-wing.ts'
export { PROTOCOL_ERROR_CODES, ProtocolError, type ProtocolErrorCode } from './errors.ts'
export { canonicalJson, canonicalJsonBytes } from './jcs.ts'
export { type Fail, isArray, Members } from './json/members.ts'
export { type Json, type JsonObject, readJson } from './json/read-json.ts'
export * from './log/index.ts'
export { SIGNATURE_SIZES, type SignatureVerifier } from './signatures.ts'
