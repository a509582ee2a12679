/** One code per way in which bytes or text fail to be what they should be. */
export type EncodingErrorCode =
  | 'invalid_base64'
  | 'invalid_hex'
  | 'invalid_utf8'
  | 'invalid_json_value'
  | 'integer_out_of_range'
  | 'structure_truncated'
  | 'structure_trailing_bytes'

/** What every codec of `bytes/` throws. The message never echoes the input. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly code: EncodingErrorCode

  constructor(code: EncodingErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
