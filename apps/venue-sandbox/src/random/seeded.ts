import { createHash } from 'node:crypto'

/**
 * Deterministic choices from a seed: the whole sandbox, credentials included, is the same for the same seed.
 * NOT for real secrets: whoever knows the seed knows everything drawn from it.
 */
export class Seeded {
  readonly #seed: string
  #block = Buffer.alloc(0)
  #used = 0
  #count = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  /** An independent stream under a name: drawing from one never shifts another. */
  branch(name: string): Seeded {
    return new Seeded(`${this.#seed}/${name}`)
  }

  /** `length` bytes, at most 64. */
  bytes(length: number): Buffer {
    if (this.#used + length > this.#block.length) {
      this.#block = createHash('sha512').update(`${this.#seed}#${this.#count}`).digest()
      this.#count += 1
      this.#used = 0
    }
    const bytes = Buffer.from(this.#block.subarray(this.#used, this.#used + length))
    this.#used += length
    return bytes
  }

  /** An integer `from`..`to`, both included. Spans below 2³². */
  integer(from: number, to: number): number {
    return from + (this.bytes(6).readUIntBE(0, 6) % (to - from + 1))
  }

  /** True `percent` times out of a hundred. */
  chance(percent: number): boolean {
    return this.integer(1, 100) <= percent
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] ?? items[0]
  }

  /** `length` characters of `alphabet`. */
  text(length: number, alphabet: string): string {
    let text = ''
    while (text.length < length) text += alphabet.charAt(this.integer(0, alphabet.length - 1))
    return text
  }

  /** Looks like a version 4 UUID. */
  uuid(): string {
    const hex = this.bytes(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}
