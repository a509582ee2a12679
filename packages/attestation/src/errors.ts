/** One code per way in which what was received has the wrong form; verdicts have codes of their own (`checks.ts`). */
export type AttestationErrorCode =
  | 'field_missing'
  | 'field_unknown'
  | 'field_malformed'
  | 'enclave_pubkey_mismatch'
  | 'image_hash_mismatch'
  | 'endorsements_malformed'
  | 'der_malformed'
  | 'pem_malformed'
  | 'x509_malformed'
  | 'crl_malformed'
  | 'cbor_malformed'
  | 'json_malformed'
  | 'structure_malformed'
  | 'bundle_malformed'

/** What parsing and encoding throw. `verify` itself throws nothing: it answers with a verdict. */
export class AttestationError extends Error {
  override readonly name = 'AttestationError'
  readonly code: AttestationErrorCode

  /** `message` names fields of ours and never echoes what was received. */
  constructor(code: AttestationErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}
