/** Values of the domain in the forms of the wire (docs/protocol.md, conventions), and back. */
import { isUtf8 } from 'node:buffer'
import { decodeBase64 } from '@perf-aggregator/protocol'
import { EnclaveError, type EnclaveErrorCode } from '../errors.ts'

/** RFC 3339 in UTC, of milliseconds since 1970. */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

/**
 * For figures and certificates, which leave as they were measured, signed and logged: a serialiser that follows the
 * schema could reorder or drop, and compiles a validator for every figure that is a value or a reason while the first caller waits.
 */
export function verbatim(value: unknown): string {
  return JSON.stringify(value)
}

/**
 * A base64 field of a submission, read strictly. `invalid_base64` when it is not base64, `wrongLength` when it is
 * base64 of another number of bytes than `length`.
 */
export function decodeField(name: string, text: string, length: number, wrongLength: EnclaveErrorCode): Uint8Array {
  const bytes = decodeStrict(name, text)
  if (bytes.length === length) return bytes
  throw new EnclaveError(wrongLength, `${name} must be ${length} bytes`)
}

/** The same where any length will do. */
export function decodeStrict(name: string, text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new EnclaveError('invalid_base64', `${name} is not base64 (RFC 4648, section 4, padded)`, { cause })
  }
}

/**
 * The content of a record, in memory of its own that the caller may wipe. Native, because a record may be large;
 * strict, because what is not the encoding of its own bytes is refused.
 */
export function contentBytes(text: string, encoding: 'utf8' | 'base64'): Uint8Array {
  if (encoding === 'utf8' && !text.isWellFormed()) {
    throw new EnclaveError('invalid_request', 'data holds half a surrogate pair, which has no UTF-8')
  }
  const bytes = Buffer.alloc(Buffer.byteLength(text, encoding))
  const written = bytes.write(text, encoding)
  if (encoding === 'base64' && (written !== bytes.length || bytes.toString('base64') !== text)) {
    throw new EnclaveError('invalid_base64', 'data is not base64 (RFC 4648, section 4, padded)')
  }
  return bytes
}

/** Text where the content is valid UTF-8, base64 otherwise. */
export function contentText(bytes: Uint8Array): { readonly data: string; readonly encoding: 'utf8' | 'base64' } {
  return isUtf8(bytes)
    ? { data: view(bytes).toString('utf8'), encoding: 'utf8' }
    : { data: view(bytes).toString('base64'), encoding: 'base64' }
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
