import type { Amount } from '../amount/amount.ts'
import type { Seeded } from '../random/seeded.ts'

/** UTC day number: whole days since 1970-01-01. */
export type Day = number

export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MILLION = 1_000_000n

/** Where a path starts: what one asset cost, in USD, at the close of a day. */
export interface Anchor {
  readonly day: Day
  readonly close: Amount
}

/**
 * What one asset costs in USD at any time: a seeded walk of daily closes outward from an anchor day, straight lines between
 * hourly points in between. All integer arithmetic, so the same seed gives the same prices everywhere.
 */
export class PricePath {
  readonly #name: string
  readonly #seed: Seeded
  readonly #anchor: Anchor
  /** Largest daily step, in millionths. Zero holds the price still; a peg moves a little and comes back. */
  readonly #volatility: number
  readonly #closes = new Map<Day, Amount>()

  constructor(seed: Seeded, name: string, anchor: Anchor, volatility: number) {
    this.#seed = seed
    this.#name = name
    this.#anchor = anchor
    this.#volatility = volatility
    this.#closes.set(anchor.day, anchor.close)
  }

  /** Fixes closes, for example from recorded trades; the walk continues outward from them. */
  pin(closes: readonly Anchor[]): void {
    for (const { day, close } of closes) this.#closes.set(day, close)
  }

  close(day: Day): Amount {
    const known = this.#closes.get(day)
    if (known !== undefined) return known
    const toward = day > this.#anchor.day ? -1 : 1
    let from = day
    while (!this.#closes.has(from)) from += toward
    let close = this.#closes.get(from) ?? this.#anchor.close
    while (from !== day) {
      from -= toward
      close = this.#step(close, from)
      this.#closes.set(from, close)
    }
    return close
  }

  /** Price at an instant, in milliseconds since 1970. */
  at(ms: number): Amount {
    const day = Math.floor(ms / DAY_MS)
    const hour = Math.floor((ms % DAY_MS) / HOUR_MS)
    const within = BigInt(Math.floor(ms % HOUR_MS))
    const from = this.#hourly(day, hour)
    const to = this.#hourly(day, hour + 1)
    return from + ((to - from) * within) / BigInt(HOUR_MS)
  }

  /** The 25 points of a day, from its open (the previous close) to its close: no price of the day lies outside them. */
  knots(day: Day): readonly Amount[] {
    return Array.from({ length: 25 }, (_, hour) => this.#hourly(day, hour))
  }

  #hourly(day: Day, hour: number): Amount {
    const open = this.close(day - 1)
    const close = this.close(day)
    if (hour === 0) return open
    if (hour >= 24) return close
    const straight = open + ((close - open) * BigInt(hour)) / 24n
    const reach = Math.floor(this.#volatility / 4)
    const wiggle = this.#seed.branch(`${this.#name}/${day}/${hour}`).integer(-reach, reach)
    return straight + (straight * BigInt(wiggle)) / MILLION
  }

  /** One daily step. Pulled back when far from the anchor, so that centuries of candles stay in a sensible range. */
  #step(close: Amount, day: Day): Amount {
    const draw = this.#seed.branch(`${this.#name}/${day}`)
    const noise = draw.integer(-this.#volatility, this.#volatility)
    const gap = Number(((this.#anchor.close - close) * MILLION) / this.#anchor.close)
    const pull = Math.max(-this.#volatility, Math.min(this.#volatility, Math.trunc(gap / 50)))
    const next = close + (close * BigInt(noise + pull)) / MILLION
    return next > 0n ? next : 1n
  }
}
