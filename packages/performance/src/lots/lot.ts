/** A lot: an open quantity with its cost. A match: a closed piece of one. */
import type { Decimal, Micros } from '../events.ts'

/** `unattributed` lots close at once: something was spent that no event brought in. */
export type LotOrigin = 'trade' | 'deposit' | 'income' | 'opening' | 'unattributed'

export interface Lot {
  /** At the scale of its position; above zero. */
  quantity: bigint
  /** What `quantity` cost, money scale. */
  cost: bigint
  readonly at: Micros
  readonly origin: LotOrigin
  /** Index of the market that opened it; −1 for lots that no fill opened. */
  readonly market: number
}

/** One closed piece, told to whoever watches the book. */
export interface Match {
  readonly account: string
  readonly asset: string
  readonly quantity: Decimal
  readonly openedAt: Micros
  readonly closedAt: Micros
  readonly origin: LotOrigin
  /** Reporting currency. */
  readonly cost: Decimal
  readonly proceeds: Decimal
}

/** Spent more than the lots held: came in unexplained, and left at once without profit. */
export interface Shortfall {
  readonly account: string
  readonly asset: string
  readonly at: Micros
  readonly quantity: Decimal
  /** Money scale: what it was spent for. */
  readonly value: bigint
}
