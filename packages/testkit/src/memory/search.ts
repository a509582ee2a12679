/**
 * Finding masked needles, whole or in pieces of at least 16 bytes, in a stretch of memory. Any 16 bytes hold one aligned
 * word of 8 whole, so only aligned words are looked at: each against a table of every 8-byte window of every needle, and
 * what hits is compared outwards in both directions.
 */
import type { Needle } from './forms.ts'
import { MASK } from './forms.ts'

const SHORTEST_PIECE = 16
const WORD = 8
const MASK_WORD = (MASK * 0x01010101) >>> 0

export interface Finding {
  readonly needle: string
  /** Length of the piece; equal to the needle's length when it is whole. */
  readonly length: number
  readonly whole: boolean
  /** Where the piece begins. */
  readonly at: number
}

interface Window {
  readonly needle: Needle
  readonly offset: number
}

export class Search {
  readonly #windows = new Map<bigint, Window[]>()
  /** One bit per value of a word's low 16 bits: most words are refused by this alone. */
  readonly #filter = new Uint8Array(65_536)

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      for (let offset = 0; offset + WORD <= needle.masked.length; offset += 1) {
        const view = new DataView(needle.masked.buffer, needle.masked.byteOffset + offset, WORD)
        const low = view.getUint32(0, true)
        const key = keyOf(low, view.getUint32(4, true))
        this.#filter[low & 0xffff] = 1
        const known = this.#windows.get(key)
        if (known === undefined) this.#windows.set(key, [{ needle, offset }])
        else known.push({ needle, offset })
      }
    }
  }

  /** `memory` begins at the 8-byte aligned address `base`. Words before `from` and from `to` on are context only. */
  find(memory: Uint8Array, base: number, from: number, to: number): readonly Finding[] {
    const words = new Uint32Array(memory.buffer, memory.byteOffset, Math.floor(memory.length / 4))
    const findings = new Map<string, Finding>()
    for (let index = from / 4; index + 1 < words.length && index < to / 4; index += 2) {
      const low = ((words[index] ?? 0) ^ MASK_WORD) >>> 0
      if (this.#filter[low & 0xffff] === 0) continue
      const windows = this.#windows.get(keyOf(low, ((words[index + 1] ?? 0) ^ MASK_WORD) >>> 0))
      for (const window of windows ?? []) {
        const finding = extend(memory, index * 4, window, base)
        if (finding.length >= SHORTEST_PIECE) findings.set(`${finding.needle} ${finding.at}`, finding)
      }
    }
    return [...findings.values()]
  }
}

function keyOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low)
}

function extend(memory: Uint8Array, at: number, { needle, offset }: Window, base: number): Finding {
  const { masked, name } = needle
  const same = (step: number): boolean => {
    const mine = masked[offset + step]
    const theirs = memory[at + step]
    return mine !== undefined && theirs !== undefined && (theirs ^ MASK) === mine
  }
  let before = 0
  while (same(before - 1)) before -= 1
  let after = WORD
  while (same(after)) after += 1
  const length = after - before
  return { needle: name, length, whole: length === masked.length, at: base + at + before }
}
