import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'

/**
 * The Encoding Standard's two, which Node and every browser have. They are functions of their input and nothing else, so a pure
 * room may use them; it compiles without the ambient types of either platform and therefore names what it needs.
 */
declare const TextEncoder: new () => { encode(text: string): Bytes }
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly fatal: true; readonly ignoreBOM: true },
) => { decode(bytes: Uint8Array): string }

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 (RFC 3629). A lone surrogate has no UTF-8: `invalid_utf8`, never a silent U+FFFD. Not for secrets. */
export function encodeUtf8(text: string): Bytes {
  if (!text.isWellFormed()) throw new EncodingError('invalid_utf8', 'a lone surrogate')
  return encoder.encode(text)
}

/** Strict UTF-8: truncated, overlong, surrogate or out-of-range sequences are `invalid_utf8`. A BOM is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new EncodingError('invalid_utf8', 'bytes that are no UTF-8')
  }
}
