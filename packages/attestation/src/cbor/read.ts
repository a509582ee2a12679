/**
 * A strict subset of CBOR (RFC 8949): integers JavaScript holds exactly, byte and text strings, arrays, maps, tags, false, true
 * and null. Every head in its shortest form, no key twice, nothing after the value. Strings in chunks, floats, undefined and other
 * simple values are refused; maps of indefinite length are read where the format is known to have them.
 */
import { decodeUtf8 } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { CborTag, type CborValue } from './values.ts'

export interface CborLimits {
  /** Bytes of the whole encoding. */
  readonly most?: number
  /** Whether maps may be of indefinite length: AWS's NSM has written its payload so since 2025. */
  readonly indefiniteMaps?: boolean
}

const MAX_DEPTH = 16
/** Items of one array or map: a Nitro document has 32 PCRs at most. */
const MAX_ITEMS = 1024

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const
const INDEFINITE = 31
const BREAK = 0xff

/** Reads `bytes` as exactly one value. `cbor_malformed`. */
export function readCbor(bytes: Uint8Array, { most = 65_536, indefiniteMaps = false }: CborLimits = {}): CborValue {
  if (bytes.length > most) throw malformed('longer than allowed')
  const cursor = new Cursor(bytes, indefiniteMaps)
  const value = cursor.value(0)
  if (cursor.at !== bytes.length) throw malformed('bytes after the value')
  return value
}

class Cursor {
  at = 0
  readonly #bytes: Uint8Array
  readonly #hasIndefiniteMaps: boolean

  constructor(bytes: Uint8Array, hasIndefiniteMaps: boolean) {
    this.#bytes = bytes
    this.#hasIndefiniteMaps = hasIndefiniteMaps
  }

  value(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw malformed('nested too deep')
    const head = this.#byte()
    const major = head >> 5
    const info = head & 31
    if (major === MAJOR.simple) return readSimple(info)
    if (info === INDEFINITE) {
      if (major !== MAJOR.map || !this.#hasIndefiniteMaps) throw malformed('an indefinite length')
      return this.#map(null, depth)
    }
    const argument = this.#argument(info)
    switch (major) {
      case MAJOR.unsigned:
        return argument
      case MAJOR.negative:
        if (argument === Number.MAX_SAFE_INTEGER) throw malformed('an integer out of range')
        return -1 - argument
      case MAJOR.bytes:
        return this.#take(argument)
      case MAJOR.text:
        return readText(this.#take(argument))
      case MAJOR.array:
        return this.#array(argument, depth)
      case MAJOR.map:
        return this.#map(argument, depth)
      default:
        return new CborTag(argument, this.value(depth + 1))
    }
  }

  #array(length: number, depth: number): CborValue[] {
    if (length > MAX_ITEMS) throw malformed('an array that is too long')
    return Array.from({ length }, () => this.value(depth + 1))
  }

  /** @param length pairs, or null for an indefinite map */
  #map(length: number | null, depth: number): ReadonlyMap<string | number, CborValue> {
    const map = new Map<string | number, CborValue>()
    while (length === null ? !this.#isBreak() : map.size < length) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string' && typeof key !== 'number') throw malformed('a key that is no text or integer')
      if (map.has(key)) throw malformed('a key that stands twice')
      if (map.size === MAX_ITEMS) throw malformed('a map that is too long')
      map.set(key, this.value(depth + 1))
    }
    return map
  }

  #isBreak(): boolean {
    if (this.#bytes[this.at] !== BREAK) return false
    this.at++
    return true
  }

  #argument(info: number): number {
    if (info < 24) return info
    if (info > 27) throw malformed('a head that is not defined')
    const size = 1 << (info - 24)
    let value = 0
    for (const byte of this.#take(size)) value = value * 256 + byte
    if (value > Number.MAX_SAFE_INTEGER) throw malformed('an integer out of range')
    const least = size === 1 ? 24 : 256 ** (size / 2)
    if (value < least) throw malformed('a head that is not in its shortest form')
    return value
  }

  #byte(): number {
    return this.#take(1)[0] ?? 0
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw malformed('cut short')
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}

function readSimple(info: number): boolean | null {
  if (info === 20) return false
  if (info === 21) return true
  if (info === 22) return null
  throw malformed('a simple value or float')
}

function readText(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch (cause) {
    throw new AttestationError('cbor_malformed', 'CBOR: text that is not UTF-8', { cause })
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('cbor_malformed', `CBOR: ${what}`)
}
