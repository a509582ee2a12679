import type { Seeded } from '../random/seeded.ts'

/** When a fault strikes; with none of these, every request. */
export interface FaultScope {
  /** Only paths that start with this. */
  readonly path?: string
  /** Lets this many matching requests pass first. */
  readonly after?: number
  /** Strikes this many times, then is gone. */
  readonly times?: number
  /** Strikes this percentage of matching requests, chosen by the seed. */
  readonly percent?: number
}

/** What can go wrong between a venue and its client. */
export type FaultKind =
  /** Answers with this status and the venue's own body for it. 418 is Binance's ban. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Announces the whole length, sends half, closes. */
  | { readonly kind: 'truncate' }
  /** Closes the connection without an answer. */
  | { readonly kind: 'reset' }
  /** Status 200 and a page that is not JSON, as a proxy in front of the venue would send. */
  | { readonly kind: 'wrong_json' }
  /** Every page begins this many rows before it should. */
  | { readonly kind: 'overlap'; readonly rows: number }
  /** Every row of a page comes twice. */
  | { readonly kind: 'repeat' }
  /** The venue's clock is ahead by this much, or behind when negative. */
  | { readonly kind: 'clock_skew'; readonly ms: number }
  /** Nothing older than this many days is shown. */
  | { readonly kind: 'retention'; readonly days: number }

export type Fault = FaultKind & FaultScope

interface Armed {
  readonly fault: Fault
  passed: number
  struck: number
}

/** The faults armed on one venue. Owns their counters. */
export class Faults {
  readonly #random: Seeded
  #armed: Armed[] = []

  constructor(random: Seeded) {
    this.#random = random
  }

  arm(fault: Fault): void {
    this.#armed.push({ fault, passed: 0, struck: 0 })
  }

  clear(): void {
    this.#armed = []
  }

  get armed(): readonly Fault[] {
    return this.#armed.map(({ fault }) => fault)
  }

  /** The first armed fault of this kind that strikes now; counts it. */
  strike<K extends FaultKind['kind']>(kind: K, path: string): Extract<Fault, { kind: K }> | undefined {
    for (const entry of this.#armed) {
      const { fault } = entry
      if (fault.kind !== kind || !path.startsWith(fault.path ?? '')) continue
      entry.passed += 1
      if (entry.passed <= (fault.after ?? 0)) continue
      if (fault.percent !== undefined && !this.#random.chance(fault.percent)) continue
      entry.struck += 1
      if (fault.times !== undefined && entry.struck >= fault.times) {
        this.#armed = this.#armed.filter((other) => other !== entry)
      }
      return fault as Extract<Fault, { kind: K }>
    }
    return undefined
  }

  /** Standing condition rather than an event: looked at without being counted. */
  standing<K extends 'clock_skew' | 'retention'>(kind: K): Extract<Fault, { kind: K }> | undefined {
    const found = this.#armed.find(({ fault }) => fault.kind === kind)
    return found?.fault as Extract<Fault, { kind: K }> | undefined
  }

  /** `rows[start..start+size)`, bent by whatever is armed. A bent page is longer, so an honest walk still moves on. */
  page<T>(rows: readonly T[], start: number, size: number, path: string): readonly T[] {
    // Beyond the end there is nothing to overlap with: the page stays empty, or a walk would never end.
    const inside = start > 0 && start < rows.length
    const overlap = inside ? (this.strike('overlap', path)?.rows ?? 0) : 0
    const page = rows.slice(Math.max(0, start - overlap), start + size)
    return this.strike('repeat', path) === undefined ? page : page.flatMap((row) => [row, row])
  }
}
