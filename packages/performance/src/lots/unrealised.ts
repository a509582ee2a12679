/** What the open lots are worth above their cost. */
import type { DayNumber } from '../day.ts'
import { prorate } from '../decimal/arithmetic.ts'
import type { PriceBook } from '../nav/price-book.ts'
import type { OpenPosition } from './fifo-book.ts'
import { timesPrice } from './state.ts'

export interface Unrealised {
  /** Money scale; null when an open lot has no price on that day. */
  readonly total: bigint | null
  /** Of the lots that fills of this market opened, by its index. */
  ofMarket(index: number): bigint | null
}

/** A position is worth what its balance is worth, rounded once; its lots share that by quantity, the last takes the rest. */
export function unrealisedPnl(positions: Iterable<OpenPosition>, prices: PriceBook, day: DayNumber): Unrealised {
  let total: bigint | null = 0n
  const markets = new Map<number, bigint | null>()
  for (const { asset, quantity, scale, lots } of positions) {
    const price = prices.priceOf(asset, day) ?? (prices.everPriced(asset) ? null : 0n)
    let left = quantity
    let leftValue = price === null ? 0n : timesPrice({ coefficient: quantity, scale }, price)
    for (const lot of lots) {
      const value = prorate(leftValue, lot.quantity, left)
      left -= lot.quantity
      leftValue -= value
      const gain = price === null ? null : value - lot.cost
      total = plus(total, gain)
      markets.set(lot.market, plus(markets.get(lot.market) ?? (markets.has(lot.market) ? null : 0n), gain))
    }
  }
  return {
    total,
    ofMarket: (index) => (markets.has(index) ? (markets.get(index) ?? null) : 0n),
  }
}

function plus(sum: bigint | null, term: bigint | null): bigint | null {
  return sum === null || term === null ? null : sum + term
}
