/**
 * JSON Canonicalization Scheme, RFC 8785: one text per value, so that a signature or a hash over JSON means one thing.
 * Numbers are serialised as ECMAScript does, which is what the RFC prescribes (section 3.2.2.3); object keys are
 * sorted by UTF-16 code units (section 3.2.3).
 */
import { EncodingError } from './errors.ts'
import type { Bytes } from './octets.ts'
import { encodeUtf8 } from './utf8.ts'

/** Deep enough for anything of ours, shallow enough that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 64

/**
 * The canonical text of `value`. What JSON cannot hold is refused with `invalid_json_value` instead of being dropped
 * or coerced as `JSON.stringify` does: undefined, functions, symbols, BigInt, NaN, infinities, holes, instances of
 * classes (Date, Map, …). A lone surrogate is `invalid_utf8`.
 */
export function canonicalJson(value: unknown): string {
  return serialise(value, 0)
}

/** UTF-8 of {@link canonicalJson}: the bytes that are signed or hashed. */
export function canonicalJsonBytes(value: unknown): Bytes {
  return encodeUtf8(canonicalJson(value))
}

function serialise(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new EncodingError('invalid_json_value', `nested deeper than ${MAX_DEPTH} levels`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new EncodingError('invalid_json_value', 'a number that is not finite')
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw new EncodingError('invalid_json_value', `a value of type ${typeof value}`)
  return Array.isArray(value) ? array(value, depth) : object(value, depth)
}

function array(values: readonly unknown[], depth: number): string {
  // `from` turns holes into undefined, which is refused below.
  return `[${Array.from(values, (value) => serialise(value, depth + 1)).join(',')}]`
}

function object(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new EncodingError('invalid_json_value', 'an object that is not a plain one')
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new EncodingError('invalid_json_value', 'an object with a symbol for a key')
  }
  const members = Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${quoted(key)}:${serialise(member, depth + 1)}`)
  return `{${members.join(',')}}`
}

function quoted(text: string): string {
  if (!text.isWellFormed()) throw new EncodingError('invalid_utf8', 'a lone surrogate')
  return JSON.stringify(text)
}
