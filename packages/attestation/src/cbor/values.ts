/** What the accepted subset of CBOR can hold. Byte strings are views on what was read. */
export type CborValue = number | string | boolean | null | Uint8Array | CborArray | CborMap | CborTag
export type CborArray = readonly CborValue[]
/** Keys are texts or integers; order is that of the encoding. */
export type CborMap = ReadonlyMap<string | number, CborValue>

/** A tagged value (RFC 8949 section 3.4). */
export class CborTag {
  readonly tag: number
  readonly value: CborValue

  constructor(tag: number, value: CborValue) {
    this.tag = tag
    this.value = value
  }
}

export function isCborMap(value: unknown): value is CborMap {
  return value instanceof Map
}

export function isCborArray(value: unknown): value is CborArray {
  return Array.isArray(value)
}
