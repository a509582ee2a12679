import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'

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
  const values = new Uint8Array(128).fill(0xff)
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
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let pending = 0
  let bits = 0
  let at = 0
  for (let index = 0; index < length; index++) {
    // Any character past 127 has no entry in the table: it must not be masked into one.
    const value = values[text.charCodeAt(index)] ?? 0xff
    if (value === 0xff) throw new EncodingError('invalid_base64', 'a character outside the alphabet')
    pending = ((pending << 6) | value) & 0xfff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (pending >>> bits) & 0xff
    }
  }
  if ((pending & ((1 << bits) - 1)) !== 0)
    throw new EncodingError('invalid_base64', 'non-zero bits after the last byte')
  return bytes
}
