/**
 * The one error class of this package. `code` is stable for programs: one of {@link LocalCode}, or a code the enclave
 * answered with (`docs/errors.md`), in which case `status` and `requestId` are set.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  /** HTTP status of the answer, where there was one. */
  readonly status: number | undefined
  /** The enclave's name for the request, to be quoted when asking its operator. */
  readonly requestId: string | undefined
  /** What the enclave asks to wait before the next attempt. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: string,
    message: string,
    options: { status?: number; requestId?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status
    this.requestId = options.requestId
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** Codes of failures on this side of the wire. */
export const LOCAL_CODES = [
  /** The evidence was not accepted: nothing was sent. */
  'attestation_refused',
  /** A key nobody verified was handed where a verified enclave is wanted. */
  'enclave_unverified',
  /** No connection, or it broke. */
  'network',
  'timeout',
  /** The answer is too large, not JSON, or not of the form the protocol gives it. */
  'answer_malformed',
  /** The answer is not a problem document although its status says failure: something between answered. */
  'answer_unexplained',
  /** Register first, or restore a session. */
  'not_registered',
  /** This client registered once already; its credentials are forgotten. */
  'already_registered',
  'invalid_options',
  /** The session's key was not made extractable, so it cannot be exported. */
  'key_not_extractable',
  /** The collection did not catch up within the time the caller allowed. */
  'wait_exceeded',
  /** The log signed two different trees of one size: the two notes prove it to anyone. */
  'log_forked',
  /** The log is shorter than the checkpoint carried from an earlier visit. */
  'log_rolled_back',
  /** The log's tiles do not show that it extends the carried checkpoint. */
  'log_unproved',
  /** The log's entries do not make the root it signed. */
  'log_entries',
] as const

export type LocalCode = (typeof LOCAL_CODES)[number]

/** A {@link ClientError} of this side: the compiler checks the code. */
export function localError(code: LocalCode, message: string, cause?: unknown): ClientError {
  return new ClientError(code, message, cause === undefined ? {} : { cause })
}
