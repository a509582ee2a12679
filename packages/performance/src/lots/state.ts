/** Owner of everything a book knows. Changed only by the functions of this folder, one event at a time. */

import type { DayNumber } from '../day.ts'
import { atMoneyScale, divideHalfEven, powerOfTen } from '../decimal/arithmetic.ts'
import type { Scaled } from '../decimal/parse.ts'
import type { Match, Shortfall } from './lot.ts'
import { type MarketSlot, Position } from './position.ts'
import { MarketTally } from './tally.ts'

/** One price per asset and day, so that nothing can gain by the choice between two. */
export interface DayPrices {
  /** Worth one unit of the reporting currency, always: the currency itself and what is pegged to it. */
  isCash(asset: string): boolean
  /** Reporting currency per unit, money scale; null where there is none. */
  priceOf(asset: string, day: DayNumber): bigint | null
  /**
   * The price at which a flow is valued: that of its day, else the first one after, else the last one before, so that
   * nothing brought in unpriced turns into profit later. Null for an asset that never has a price.
   */
  flowPriceOf(asset: string, day: DayNumber): bigint | null
}

type Watch = (match: Match) => void

interface Market {
  readonly account: string
  readonly venue: string
  readonly market: string
  readonly base: string
  readonly quote: string
}

export class BookState {
  readonly prices: DayPrices
  readonly watch: Watch | undefined
  readonly tallies: MarketTally[] = []
  readonly shortfalls: Shortfall[] = []
  /** Money scale. */
  otherIncome = 0n
  withdrawnGain = 0n
  /** Fees on flows in an asset without price or lots. */
  unpricedFlowFees = 0
  readonly #positions = new Map<string, Map<string, Position>>()
  /** Derived from positions and tallies: never copied, only rebuilt. */
  readonly #slots = new Map<string, Map<string, MarketSlot>>()

  constructor(prices: DayPrices, watch?: Watch) {
    this.prices = prices
    this.watch = watch
  }

  *positions(): Generator<Position> {
    for (const ofAccount of this.#positions.values()) yield* ofAccount.values()
  }

  position(account: string, asset: string): Position {
    let ofAccount = this.#positions.get(account)
    if (ofAccount === undefined) this.#positions.set(account, (ofAccount = new Map<string, Position>()))
    let position = ofAccount.get(asset)
    if (position === undefined) {
      position = new Position(account, asset, this.prices.isCash(asset))
      ofAccount.set(asset, position)
    }
    return position
  }

  slot(market: Market): MarketSlot {
    return this.#slots.get(market.account)?.get(market.market) ?? this.#newSlot(market)
  }

  /** What `amount` is worth on `day`; null where nothing says. */
  worth(position: Position, amount: Scaled, day: DayNumber): bigint | null {
    if (position.isCash) return atMoneyScale(amount)
    const price = this.prices.priceOf(position.asset, day)
    return price === null ? null : timesPrice(amount, price)
  }

  /** What a flow counts for. An asset that never has a price counts for nothing, coming and going. */
  worthOfFlow(position: Position, amount: Scaled, day: DayNumber): bigint {
    if (position.isCash) return atMoneyScale(amount)
    const price = this.prices.flowPriceOf(position.asset, day)
    return price === null ? 0n : timesPrice(amount, price)
  }

  /** A state that shares nothing that changes: the cost of a checkpoint is one copy of the open lots. */
  clone(): BookState {
    const copy = new BookState(this.prices, this.watch)
    copy.tallies.push(...this.tallies.map((tally) => tally.clone()))
    copy.shortfalls.push(...this.shortfalls)
    copy.otherIncome = this.otherIncome
    copy.withdrawnGain = this.withdrawnGain
    copy.unpricedFlowFees = this.unpricedFlowFees
    for (const [account, positions] of this.#positions) {
      copy.#positions.set(account, new Map([...positions].map(([asset, position]) => [asset, position.clone()])))
    }
    return copy
  }

  #newSlot(market: Market): MarketSlot {
    const base = this.position(market.account, market.base)
    base.traded = true
    const quote = this.position(market.account, market.quote)
    let index = this.tallies.findIndex(({ venue, market: name }) => venue === market.venue && name === market.market)
    if (index === -1) index = this.tallies.push(new MarketTally(market.venue, market.market)) - 1
    const slot: MarketSlot = { index, base, quote, tally: this.tallies[index] as MarketTally }
    let ofAccount = this.#slots.get(market.account)
    if (ofAccount === undefined) this.#slots.set(market.account, (ofAccount = new Map<string, MarketSlot>()))
    ofAccount.set(market.market, slot)
    return slot
  }
}

/** Exact product, rounded half-even to the money scale. */
export function timesPrice({ coefficient, scale }: Scaled, price: bigint): bigint {
  return divideHalfEven(coefficient * price, powerOfTen(scale))
}
