import { EncodingError } from './errors.ts'

/**
 * Reads a structure of fixed layout from its start to its end. Every read is within bounds or `structure_truncated`; {@link end}
 * makes sure that nothing is left over. What it hands out are views on the bytes given.
 */
export class StructureReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Offset of the next byte */
  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.left) {
      throw new EncodingError('structure_truncated', 'a structure that ends early')
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(): number {
    return this.take(1)[0] ?? 0
  }

  u16le(): number {
    return this.#unsigned(2, true)
  }

  u32le(): number {
    return this.#unsigned(4, true)
  }

  u16be(): number {
    return this.#unsigned(2, false)
  }

  u32be(): number {
    return this.#unsigned(4, false)
  }

  u64le(): bigint {
    const [low, high] = [BigInt(this.u32le()), BigInt(this.u32le())]
    return (high << 32n) | low
  }

  u64be(): bigint {
    const [high, low] = [BigInt(this.u32be()), BigInt(this.u32be())]
    return (high << 32n) | low
  }

  /** Throws `structure_trailing_bytes` unless everything was read. */
  end(): void {
    if (this.left > 0) throw new EncodingError('structure_trailing_bytes', 'bytes after the end of a structure')
  }

  #unsigned(length: number, isLittleEndian: boolean): number {
    const bytes = this.take(length)
    let value = 0
    for (let at = 0; at < length; at++) value = value * 256 + (bytes[isLittleEndian ? length - 1 - at : at] ?? 0)
    return value
  }
}

/** Whether every byte is zero: reserved fields and paddings that a signature does not cover. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
