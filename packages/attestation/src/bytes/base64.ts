import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'
import { encodeUtf8 } from './utf8.ts'

/** The value of whatever is no letter of an alphabet. */
const OUTSIDE = 0xff
const NOTHING = new Uint8Array(0)
const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const STANDARD_VALUES = sextets(STANDARD)
const URL_SAFE_VALUES = sextets(URL_SAFE)

/** RFC 4648 §4, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, STANDARD) + '='.repeat((3 - (bytes.length % 3)) % 3)
}

/** RFC 4648 §5, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE)
}

/**
 * Reads exactly what {@link encodeBase64} writes: one text per byte string, so that no two different texts mean the
 * same bytes. Wrong alphabet, white space, missing padding and non-zero trailing bits are `invalid_base64`.
 */
export function decodeBase64(text: string): Bytes {
  if (text.length % 4 !== 0) throw new EncodingError('invalid_base64', 'base64 whose length is not a multiple of four')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decode(text, text.length - padding, STANDARD_VALUES)
}

/** Reads exactly what {@link encodeBase64Url} writes; everything else is `invalid_base64`. */
export function decodeBase64Url(text: string): Bytes {
  return decode(text, text.length, URL_SAFE_VALUES)
}

function sextets(alphabet: string): Uint8Array {
  const values = new Uint8Array(256).fill(OUTSIDE)
  for (let index = 0; index < 64; index++) values[alphabet.charCodeAt(index)] = index
  return values
}

function encode(bytes: Uint8Array, alphabet: string): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    parts.push(alphabet.charAt(group >>> 18), alphabet.charAt((group >>> 12) & 63))
    if (left > 1) parts.push(alphabet.charAt((group >>> 6) & 63))
    if (left > 2) parts.push(alphabet.charAt(group & 63))
  }
  return parts.join('')
}

function decode(text: string, length: number, values: Uint8Array): Bytes {
  if (length % 4 === 1) throw new EncodingError('invalid_base64', 'a length that no byte string encodes to')
  // A character past 127 becomes several bytes, and half a surrogate pair none: either shows in the length.
  const letters = text.isWellFormed() ? encodeUtf8(text) : NOTHING
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  const whole = length - (length % 4)
  // What is in no alphabet has bits above the sixth, which show in the union of all.
  let seen = letters.length === text.length ? 0 : OUTSIDE
  let at = 0
  for (let index = 0; index < whole; index += 4) {
    const a = values[letters[index] ?? 0] ?? OUTSIDE
    const b = values[letters[index + 1] ?? 0] ?? OUTSIDE
    const c = values[letters[index + 2] ?? 0] ?? OUTSIDE
    const d = values[letters[index + 3] ?? 0] ?? OUTSIDE
    seen |= a | b | c | d
    bytes[at++] = (a << 2) | (b >>> 4)
    bytes[at++] = (b << 4) | (c >>> 2)
    bytes[at++] = (c << 6) | d
  }
  let rest = 0
  for (let index = whole; index < length; index++) {
    const value = values[letters[index] ?? 0] ?? OUTSIDE
    seen |= value
    rest = (rest << 6) | value
  }
  if (seen > 63) throw new EncodingError('invalid_base64', 'a character outside the alphabet')
  const over = (length - whole) * 6 - (bytes.length - at) * 8
  if ((rest & ((1 << over) - 1)) !== 0) throw new EncodingError('invalid_base64', 'non-zero bits after the last byte')
  for (let bits = over + (bytes.length - at - 1) * 8; at < bytes.length; bits -= 8) bytes[at++] = (rest >>> bits) & 0xff
  return bytes
}
