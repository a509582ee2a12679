import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'

const DIGITS = '0123456789abcdef'

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += DIGITS.charAt(byte >>> 4) + DIGITS.charAt(byte & 15)
  return text
}

/** Reads lower-case hexadecimal only: upper case would be a second text for the same bytes. `invalid_hex`. */
export function decodeHex(text: string): Bytes {
  if (text.length % 2 !== 0) throw new EncodingError('invalid_hex', 'an odd number of digits')
  const bytes = new Uint8Array(text.length / 2)
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = (digit(text.charCodeAt(2 * at)) << 4) | digit(text.charCodeAt(2 * at + 1))
  }
  return bytes
}

function digit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30
  if (character >= 0x61 && character <= 0x66) return character - 0x57
  throw new EncodingError('invalid_hex', 'a character that is not a lower-case hexadecimal digit')
}
