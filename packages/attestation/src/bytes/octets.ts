import { EncodingError } from './errors.ts'

/** Bytes over memory of their own kind, as WebCrypto wants them: never a SharedArrayBuffer. */
export type Bytes = Uint8Array<ArrayBuffer>

/** One new array with all `parts` in order. Not for secrets: see {@link joinSecret}. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  return fill(new Uint8Array(lengthOf(parts)), parts)
}

/**
 * `length` zero bytes for a secret, outside the JavaScript heap. Engines keep small typed arrays on it, where the
 * garbage collector moves them and leaves copies behind that nobody can wipe; memory of an ArrayBuffer stays put.
 */
export function secretBytes(length: number): Bytes {
  return new Uint8Array(new ArrayBuffer(length))
}

/** As {@link concat}, into {@link secretBytes} that the caller wipes. */
export function joinSecret(...parts: readonly Uint8Array[]): Bytes {
  return fill(secretBytes(lengthOf(parts)), parts)
}

/** A copy in memory of its own. Not `slice()`, which of a Node `Buffer` gives a view. */
export function copyBytes(bytes: Uint8Array): Bytes {
  return concat(bytes)
}

/** Whether both hold the same bytes, in time that depends on the lengths only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let at = 0; at < left.length; at++) difference |= (left[at] ?? 0) ^ (right[at] ?? 0)
  return difference === 0
}

/** Big-endian, 2 bytes. `integer_out_of_range`. */
export function u16(value: number): Bytes {
  return bigEndian(value, 2, 0xffff)
}

/** Big-endian, 4 bytes. `integer_out_of_range`. */
export function u32(value: number): Bytes {
  return bigEndian(value, 4, 0xffff_ffff)
}

/** Big-endian, 8 bytes, of an integer JavaScript holds exactly. `integer_out_of_range`. */
export function u64(value: number): Bytes {
  return bigEndian(value, 8, Number.MAX_SAFE_INTEGER)
}

/** Reads 8 big-endian bytes at `offset`; what a JavaScript integer cannot hold exactly is `integer_out_of_range`. */
export function readU64(bytes: Uint8Array, offset = 0): number {
  if (!Number.isInteger(offset) || offset < 0 || offset + 8 > bytes.length) {
    throw new EncodingError('integer_out_of_range', 'eight bytes are not there to read')
  }
  let value = 0
  for (let at = offset; at < offset + 8; at++) value = value * 256 + (bytes[at] ?? 0)
  if (value > Number.MAX_SAFE_INTEGER) throw new EncodingError('integer_out_of_range', 'an integer beyond 2^53 - 1')
  return value
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((length, part) => length + part.length, 0)
}

function fill(whole: Bytes, parts: readonly Uint8Array[]): Bytes {
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function bigEndian(value: number, length: number, maximum: number): Bytes {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new EncodingError('integer_out_of_range', `not an integer that fits ${length} bytes exactly`)
  }
  const bytes = new Uint8Array(length)
  for (let at = length - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  return bytes
}
