/**
 * The one error class of this package. `code` names the single check that failed and is stable for programs;
 * the message is ours and never echoes what was parsed.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}

/** One code per check. Each folder of this package owns its own block and extends it. */
export const PROTOCOL_ERROR_CODES = [
  // envelope/ (what bytes/ throws is an `EncodingError`)
  'envelope_key',
  'envelope_open',
  'enclave_unverified',
  'submission_metadata',
  'credentials_json',
  'credentials_field',
  'credentials_exchange',
  // log/merkle, log/proof
  'tree_size',
  'tree_data_missing',
  'inclusion_index',
  'inclusion_length',
  'inclusion_mismatch',
  'consistency_sizes',
  'consistency_length',
  'consistency_mismatch',
  // log/tile
  'tile_path',
  'entry_bundle',
  // log/note
  'vkey_malformed',
  'note_malformed',
  'note_too_large',
  'note_signature',
  'note_unverified',
  // log/checkpoint
  'checkpoint_malformed',
  'checkpoint_origin',
  'checkpoint_signature_missing',
  // log/tlog-proof
  'tlog_proof_malformed',
  // log/leaf
  'leaf_malformed',
  // json/
  'json_malformed',
  'json_duplicate_member',
  'json_too_deep',
  // certificate/
  'certificate_too_large',
  'certificate_media_type',
  'certificate_malformed',
  'statement_signatures',
  'statement_header',
  'statement_signature_length',
  'signature_policy',
  'claim_missing',
  'claim_unknown',
  'claim_invalid',
  'cmw_malformed',
] as const

export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number]
