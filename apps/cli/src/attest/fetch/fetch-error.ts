/** Why one file could not be fetched; each in `docs/errors.md`. */
export const FETCH_CODES = [
  'address_refused',
  'vendor_unreachable',
  'vendor_busy',
  'vendor_unknown',
  'vendor_refused',
  'answer_too_large',
  'answer_malformed',
  'answer_ended',
  'answer_not_begun',
  'answer_unverified',
  'answer_older',
] as const

export type FetchCode = (typeof FETCH_CODES)[number]

/** `message` is ours and echoes nothing of an answer. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly code: FetchCode

  constructor(code: FetchCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
