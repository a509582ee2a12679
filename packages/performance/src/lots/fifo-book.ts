/** The incremental booker: events in their order, one at a time, amortised O(1) each. */

import { parseDecimal } from '../decimal/parse.ts'
import type { AccountEvent, BalanceSnapshot } from '../events.ts'
import { type ReadFill, readFill } from '../fills/read.ts'
import { bookFill } from './book-fill.ts'
import { bookFlow, bookOpening } from './book-flow.ts'
import type { Lot, Match, Shortfall } from './lot.ts'
import { BookState, type DayPrices } from './state.ts'
import type { MarketTally } from './tally.ts'

/** Open lots of one asset in one account. */
export interface OpenPosition {
  readonly account: string
  readonly asset: string
  /** Places of every quantity here. */
  readonly scale: number
  readonly quantity: bigint
  /** Oldest first. */
  readonly lots: readonly Readonly<Lot>[]
}

/** A book as it stood; opaque, and good for any number of restores. */
export interface Checkpoint {
  readonly state: BookState
  /** Open lots copied: what it cost. */
  readonly lots: number
}

export class FifoBook {
  #state: BookState

  /** `onMatch` is told every closed piece; the figures do not depend on it. */
  constructor(prices: DayPrices, onMatch?: (match: Match) => void) {
    this.#state = new BookState(prices, onMatch)
  }

  /** Books what an account held before its history. Before any of its events. */
  open({ account, at, balances }: BalanceSnapshot): void {
    for (const { asset, total } of balances) bookOpening(this.#state, account, asset, parseDecimal(total), at)
  }

  /**
   * Events in canonical order, each once (`fills/`): the book itself neither sorts nor counts.
   * @throws PerformanceError for an event that `readFill` or `readFlow` refuses; the book is then unchanged
   */
  apply(event: AccountEvent): void {
    if (event.kind === 'fill') bookFill(this.#state, readFill(event))
    else bookFlow(this.#state, event)
  }

  /** The same for a fill already read. */
  applyRead(fill: ReadFill): void {
    bookFill(this.#state, fill)
  }

  tallies(): readonly MarketTally[] {
    return this.#state.tallies
  }

  shortfalls(): readonly Shortfall[] {
    return this.#state.shortfalls
  }

  *positions(): Generator<OpenPosition> {
    for (const position of this.#state.positions()) {
      const { account, asset, scale, quantity } = position
      if (!position.isCash) yield { account, asset, scale, quantity, lots: position.lots() }
    }
  }

  /** Money scale. */
  get otherIncome(): bigint {
    return this.#state.otherIncome
  }

  /** Money scale. */
  get withdrawnGain(): bigint {
    return this.#state.withdrawnGain
  }

  get unpricedFlowFees(): number {
    return this.#state.unpricedFlowFees
  }

  /** Costs one copy of the open lots. */
  checkpoint(): Checkpoint {
    let lots = 0
    for (const { openLots } of this.#state.positions()) lots += openLots
    return { state: this.#state.clone(), lots }
  }

  restore({ state }: Checkpoint): void {
    this.#state = state.clone()
  }
}
