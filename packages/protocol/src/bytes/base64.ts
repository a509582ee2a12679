import { ProtocolError } from '../errors.ts'

/** RFC 4648 section 4, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD)
  return text + '='.repeat((4 - (text.length % 4)) % 4)
}

/** RFC 4648 section 5, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE)
}

/**
 * Strict inverse of {@link encodeBase64}: every byte string has exactly one text, so that nothing signed or hashed as
 * text has two forms. Refuses (`invalid_base64`) a foreign character, absent or excess padding, white space and
 * non-zero trailing bits.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw malformed()
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decode(text, text.length - padding, STANDARD_VALUES)
}

/** Strict inverse of {@link encodeBase64Url}; refuses as {@link decodeBase64} does, padding included. */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return decode(text, text.length, URL_SAFE_VALUES)
}

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const STANDARD_VALUES = values(STANDARD)
const URL_SAFE_VALUES = values(URL_SAFE)

/** Character code → 6-bit value, -1 where the character is not of the alphabet. */
function values(alphabet: string): Int8Array {
  const table = new Int8Array(128).fill(-1)
  for (let value = 0; value < alphabet.length; value += 1) table[alphabet.charCodeAt(value)] = value
  return table
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0x3fff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      text += alphabet.charAt((held >> bits) & 0x3f)
    }
  }
  return bits === 0 ? text : text + alphabet.charAt((held << (6 - bits)) & 0x3f)
}

function decode(text: string, length: number, table: Int8Array): Uint8Array<ArrayBuffer> {
  if (length % 4 === 1) throw malformed()
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let written = 0
  let bits = 0
  let held = 0
  for (let at = 0; at < length; at += 1) {
    const value = table[text.charCodeAt(at)] ?? -1
    if (value < 0) throw malformed()
    held = ((held << 6) | value) & 0x3fff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[written] = (held >> bits) & 0xff
      written += 1
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw malformed()
  return bytes
}

function malformed(): ProtocolError {
  return new ProtocolError('invalid_base64', 'not strict base64')
}
