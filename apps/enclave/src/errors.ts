/**
 * The enclave's one error class. `code` names the check that failed, stable for programs and listed with its
 * way out in `docs/errors.md`; `detail` is ours, and never holds a secret nor an echo of what was sent.
 */
export class EnclaveError extends Error {
  override readonly name = 'EnclaveError'
  readonly code: EnclaveErrorCode
  readonly status: number
  readonly retryAfterSeconds: number | undefined

  constructor(code: EnclaveErrorCode, detail: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = STATUS[code]
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** HTTP status of every code; the keys of this table are the codes. */
const STATUS = {
  // requests
  malformed_json: 400,
  invalid_request: 400,
  body_too_large: 413,
  unsupported_media_type: 415,
  not_found: 404,
  method_not_allowed: 405,
  rate_limited: 429,
  origin_refused: 403,
  // submissions
  invalid_base64: 400,
  invalid_nonce: 400,
  invalid_key: 400,
  ttl_too_long: 400,
  unknown_exchange: 400,
  decryption_failed: 400,
  plaintext_invalid: 400,
  exchange_mismatch: 400,
  nonce_replayed: 409,
  venue_refused_key: 422,
  key_not_read_only: 422,
  venue_unavailable: 503,
  venue_answer_invalid: 503,
  // sessions
  session_unknown: 404,
  session_expired: 410,
  session_revoked: 410,
  proof_missing: 401,
  proof_invalid: 401,
  proof_stale: 401,
  proof_replayed: 401,
  // results
  collection_incomplete: 409,
  duplicate_account: 409,
  owner_mismatch: 403,
  currency_refused: 400,
  currency_unpriced: 422,
  certificate_too_large: 422,
  certificate_unknown: 404,
  certificate_withdrawn: 410,
  // log
  log_rolled_back: 503,
  log_conflict: 503,
  log_overloaded: 503,
  // records
  token_missing: 401,
  token_invalid: 401,
  token_scope: 403,
  record_unknown: 404,
  record_altered: 500,
  // the enclave itself
  storage_unavailable: 503,
  storage_altered: 500,
  collector_unavailable: 503,
  not_attached: 503,
  unseal_failed: 500,
  root_of_trust: 500,
  key_release_refused: 500,
  key_release_credentials: 500,
  key_release_unverified: 500,
  key_release_unavailable: 503,
  tee_unavailable: 503,
  egress_refused: 500,
  configuration: 500,
  internal: 500,
} as const satisfies Record<string, number>

export type EnclaveErrorCode = keyof typeof STATUS

export const ENCLAVE_ERROR_CODES = Object.keys(STATUS) as readonly EnclaveErrorCode[]
