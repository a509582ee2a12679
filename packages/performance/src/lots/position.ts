/**
 * The FIFO queue of lots of one asset in one account. Each lot is pushed once and shifted once, so booking is
 * amortised O(1). Quantities share one scale, raised when a finer one arrives: rarely, and without any effect on
 * figures, because a cost is prorated by the ratio of two quantities.
 */
import { atScale, powerOfTen, prorate } from '../decimal/arithmetic.ts'
import type { Scaled } from '../decimal/parse.ts'
import type { Micros } from '../events.ts'
import type { Lot } from './lot.ts'
import type { MarketTally } from './tally.ts'

/** Most venues write eight places; int64 then holds 92 billion units. */
const USUAL_SCALE = 8
/** Shifted lots are forgotten together, once there are this many. */
const COMPACT_AT = 1024

/** The position since it was last flat. */
export interface RoundTrip {
  readonly openedAt: Micros
  /** Largest quantity held, scale of the position. */
  peak: bigint
  /** With no more than this the position is flat. */
  dust: bigint
  pnl: bigint
  /** Index of the market that last closed a piece of it; −1 until one has. */
  market: number
}

/** A position counts as flat when at most a hundredth of its largest quantity is left: lot sizes leave dust. */
const DUST_SHARE = 100n

/** Told of each piece `take` closes. */
export type ClosedPiece = (lot: Lot, quantity: bigint, cost: bigint) => void

export class Position {
  readonly account: string
  readonly asset: string
  /** Worth one unit of the reporting currency by definition: it needs no lots. */
  readonly isCash: boolean
  /** Traded as the base of a market: giving it away is a trade, not a mere payment. */
  traded = false
  scale = USUAL_SCALE
  /** Sum of the open lots. */
  quantity = 0n
  trip: RoundTrip | null = null
  #lots: Lot[] = []
  #head = 0

  constructor(account: string, asset: string, isCash: boolean) {
    this.account = account
    this.asset = asset
    this.isCash = isCash
  }

  /** Every amount of one event is made to fit before any is converted, lest the scale move between them. */
  fit({ scale }: Scaled): void {
    if (scale > this.scale) this.#raise(scale)
  }

  /** `amount`, which fits, at this position's scale. */
  units(amount: Scaled): bigint {
    return amount.scale === this.scale ? amount.coefficient : atScale(amount, this.scale)
  }

  push(lot: Lot): void {
    this.#lots.push(lot)
    this.quantity += lot.quantity
    const { trip, quantity } = this
    if (trip === null) {
      this.trip = { openedAt: lot.at, peak: quantity, dust: quantity / DUST_SHARE, pnl: 0n, market: -1 }
    } else if (quantity > trip.peak) growTo(trip, quantity)
  }

  get isFlat(): boolean {
    return this.trip !== null && this.quantity <= this.trip.dust
  }

  /**
   * Closes the oldest `quantity`, which is at most what is held, and returns its cost. A lot that is closed in slices
   * gives the last of them what is left of its cost.
   */
  take(quantity: bigint, closed?: ClosedPiece): bigint {
    this.quantity -= quantity
    let left = quantity
    let total = 0n
    for (let lot = this.#lots[this.#head]; left > 0n && lot !== undefined; lot = this.#lots[this.#head]) {
      if (lot.quantity > left) return total + this.#slice(lot, left, closed)
      left -= lot.quantity
      total += lot.cost
      closed?.(lot, lot.quantity, lot.cost)
      this.#shift()
    }
    return total
  }

  /** The same from the other end. */
  takeNewest(quantity: bigint, closed?: ClosedPiece): bigint {
    this.quantity -= quantity
    let left = quantity
    let total = 0n
    for (let lot = this.#lots.at(-1); left > 0n && lot !== undefined; lot = this.#lots.at(-1)) {
      if (lot.quantity > left) return total + this.#slice(lot, left, closed)
      left -= lot.quantity
      total += lot.cost
      closed?.(lot, lot.quantity, lot.cost)
      this.#lots.pop()
      if (this.#head === this.#lots.length) this.#forget()
    }
    return total
  }

  /** What `take` would return; beyond what is held, nothing is added. */
  costOf(quantity: bigint): bigint {
    let left = quantity
    let total = 0n
    for (let index = this.#head; left > 0n; index++) {
      const lot = this.#lots[index]
      if (lot === undefined) break
      total += lot.quantity <= left ? lot.cost : prorate(lot.cost, left, lot.quantity)
      left -= lot.quantity
    }
    return total
  }

  get openLots(): number {
    return this.#lots.length - this.#head
  }

  /** Open lots, oldest first. */
  lots(): readonly Lot[] {
    return this.#lots.slice(this.#head)
  }

  clone(): Position {
    const copy = new Position(this.account, this.asset, this.isCash)
    copy.traded = this.traded
    copy.scale = this.scale
    copy.quantity = this.quantity
    copy.trip = this.trip === null ? null : { ...this.trip }
    copy.#lots = this.lots().map((lot) => ({ ...lot }))
    return copy
  }

  /** Part of a lot, which keeps the rest of its cost. */
  #slice(lot: Lot, quantity: bigint, closed?: ClosedPiece): bigint {
    const cost = prorate(lot.cost, quantity, lot.quantity)
    closed?.(lot, quantity, cost)
    lot.quantity -= quantity
    lot.cost -= cost
    return cost
  }

  /** No lot is left. */
  #forget(): void {
    this.#lots = []
    this.#head = 0
  }

  #shift(): void {
    this.#head++
    if (this.#head === this.#lots.length) this.#forget()
    else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#lots.length) {
      this.#lots = this.#lots.slice(this.#head)
      this.#head = 0
    }
  }

  #raise(scale: number): void {
    const factor = powerOfTen(scale - this.scale)
    this.scale = scale
    this.quantity *= factor
    for (const lot of this.lots()) lot.quantity *= factor
    if (this.trip !== null) growTo(this.trip, this.trip.peak * factor)
  }
}

/** Where a fill lands: resolved once per market, not per fill. */
export interface MarketSlot {
  readonly index: number
  readonly base: Position
  readonly quote: Position
  readonly tally: MarketTally
}

function growTo(trip: RoundTrip, peak: bigint): void {
  trip.peak = peak
  trip.dust = peak / DUST_SHARE
}
