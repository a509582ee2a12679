/**
 * DER (X.690 sections 8 to 10) as X.509 uses it, strictly: definite lengths in their shortest form, one-byte tags, nothing
 * after the value, universal types in their one form. Two byte strings never read as the same value.
 */
import { AttestationError } from '../errors.ts'

/** Deeper than any X.509 structure, shallow enough that hostile nesting cannot exhaust the stack. */
const MAX_DEPTH = 24

/** Tag bytes, class and constructed bit included. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** Context-specific tags: `[number]`, primitive or constructed. */
export const context = {
  primitive: (number: number): number => 0x80 | number,
  constructed: (number: number): number => 0xa0 | number,
} as const

/** One value. Its parts are views on the bytes that were read, made when they are asked for: of most values nobody asks. */
export class DerValue {
  readonly tag: number
  /** The values inside of a constructed one; empty in a primitive one. */
  readonly children: readonly DerValue[]
  readonly #bytes: Uint8Array
  readonly #start: number
  readonly #from: number
  readonly #until: number

  /** @param place of the value, its content and its end in `bytes` */
  constructor(
    bytes: Uint8Array,
    tag: number,
    { start, from, until }: { readonly start: number; readonly from: number; readonly until: number },
    children: readonly DerValue[],
  ) {
    this.tag = tag
    this.children = children
    this.#bytes = bytes
    this.#start = start
    this.#from = from
    this.#until = until
  }

  /** Tag, length and content */
  get whole(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#until)
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#until)
  }

  /** Bytes of tag, length and content */
  get size(): number {
    return this.#until - this.#start
  }
}

/** Reads `bytes` as exactly one value, everything inside it included. `der_malformed`. */
export function readDer(bytes: Uint8Array, most = 65_536): DerValue {
  if (bytes.length > most) throw malformed('longer than allowed')
  const value = readValue(bytes, 0, bytes.length, 0)
  if (value.size !== bytes.length) throw malformed('bytes after the value')
  return value
}

const NONE: readonly DerValue[] = []

function readValue(bytes: Uint8Array, start: number, end: number, depth: number): DerValue {
  if (depth > MAX_DEPTH) throw malformed('nested too deep')
  if (end - start < 2) throw malformed('cut short')
  const tag = bytes[start] ?? 0
  if ((tag & 0x1f) === 0x1f) throw malformed('a tag of several bytes')
  const isConstructed = (tag & 0x20) !== 0
  const isUniversal = (tag & 0xc0) === 0
  if (isUniversal && isConstructed !== (tag === TAG.sequence || tag === TAG.set)) {
    throw malformed('a type in a form DER does not give it')
  }
  if (tag === 0 || tag === 0x10 || tag === 0x11) throw malformed('a type in a form DER does not give it')

  const { length, from } = readLength(bytes, start + 1, end)
  if (length > end - from) throw malformed('a length beyond the end')
  const until = from + length
  const children = isConstructed ? readChildren(bytes, from, until, depth, tag === TAG.set) : NONE
  return new DerValue(bytes, tag, { start, from, until }, children)
}

function readChildren(bytes: Uint8Array, from: number, until: number, depth: number, isSet: boolean): DerValue[] {
  const children: DerValue[] = []
  for (let at = from; at < until; ) {
    const child = readValue(bytes, at, until, depth + 1)
    const before = children.at(-1)
    if (isSet && before && !precedes(before.whole, child.whole)) throw malformed('a set out of order')
    children.push(child)
    at += child.size
  }
  return children
}

function readLength(bytes: Uint8Array, at: number, end: number): { readonly length: number; readonly from: number } {
  const first = bytes[at] ?? 0
  if (first < 0x80) return { length: first, from: at + 1 }
  const count = first & 0x7f
  if (count === 0 || count > 3 || at + 1 + count > end) throw malformed('a length DER does not allow')
  let length = 0
  for (let index = 1; index <= count; index++) length = length * 256 + (bytes[at + index] ?? 0)
  const least = count === 1 ? 0x80 : 256 ** (count - 1)
  if (length < least) throw malformed('a length that is not in its shortest form')
  return { length, from: at + 1 + count }
}

/** X.690 section 11.6: ascending, the shorter padded with zeros. Equal elements are allowed in a SET OF. */
function precedes(left: Uint8Array, right: Uint8Array): boolean {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}

export function malformed(what: string): AttestationError {
  return new AttestationError('der_malformed', `DER: ${what}`)
}
