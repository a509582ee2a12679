/**
 * Reads members of JSON that Intel signed. Members nobody asks for are left alone, because Intel adds to its documents; those
 * that are asked for have exactly the form the PCS API (v3, v4) gives them. Whatever is wrong throws.
 */
import { decodeHex } from '../bytes/index.ts'

/** A JSON object. */
export type Members = ReadonlyMap<string, unknown>

export function object(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object')
  return new Map<string, unknown>(Object.entries(value))
}

export function list(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new TypeError('not a list, or too long')
  return value
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a string')
  return value
}

export function count(value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
    throw new TypeError('not a number in range')
  }
  return value
}

/** Hexadecimal of either case, which Intel mixes, of exactly `size` bytes. */
export function hexBytes(value: unknown, size: number): Uint8Array {
  const bytes = decodeHex(text(value).toLowerCase())
  if (bytes.length !== size) throw new RangeError('bytes of another length')
  return bytes
}

/** ISO 8601 in UTC to the second, as seconds since 1970. */
export function instant(value: unknown): number {
  const written = text(value)
  const seconds = Date.parse(written) / 1000
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(written) || !Number.isInteger(seconds))
    throw new TypeError('not a time')
  return seconds
}
