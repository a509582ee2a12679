import { type Amount, over, roundTo, unit } from '../amount/amount.ts'
import { DAY_MS, type Day, type PricePath } from './price-path.ts'

/** A spot market of one venue, in plain asset names (`BTC`, `USD`). */
export interface Market {
  readonly base: string
  readonly quote: string
  readonly priceDecimals: number
  readonly quantityDecimals: number
  /** Decimals to which the venue rounds what was paid; null: the exact product. */
  readonly costDecimals: number | null
  readonly feeDecimals: number
  /** How often the trader chooses it, relative to the others; 0: listed, never traded. */
  readonly weight: number
}

/** `BASE/QUOTE`. */
export function marketName(market: Market): string {
  return `${market.base}/${market.quote}`
}

/** One UTC day of a market. */
export interface Candle {
  readonly day: Day
  readonly open: Amount
  readonly high: Amount
  readonly low: Amount
  readonly close: Amount
}

/** The prices of every asset of a venue, in USD, and of every market as their quotient. */
export class PriceBoard {
  readonly #paths: ReadonlyMap<string, PricePath>

  constructor(paths: ReadonlyMap<string, PricePath>) {
    this.#paths = paths
  }

  /** Quote per base at an instant, rounded to the market's decimals, never zero. */
  price(market: Market, ms: number): Amount {
    return this.#quotient(market, this.#path(market.base).at(ms), this.#path(market.quote).at(ms))
  }

  /** What one unit of `asset` is worth in `inAsset`, at `decimals`. */
  rate(asset: string, inAsset: string, ms: number, decimals: number): Amount {
    return over(this.#path(asset).at(ms), this.#path(inAsset).at(ms), decimals)
  }

  /** The day's candle, widened where a fill went further than the path: `fills` are prices of that day. */
  candle(market: Market, day: Day, fills: readonly Amount[], now: number): Candle {
    const base = this.#path(market.base).knots(day)
    const quote = this.#path(market.quote).knots(day)
    const last = Math.min(24, Math.floor((now - day * DAY_MS) / 3_600_000))
    const points = base.slice(0, last + 1).map((usd, hour) => this.#quotient(market, usd, quote[hour] ?? usd))
    const [open = 0n] = points
    const close = points.at(-1) ?? open
    const reached = [...points, ...fills]
    let high = open
    let low = open
    for (const price of reached) {
      if (price > high) high = price
      if (price < low) low = price
    }
    return { day, open, high, low, close }
  }

  #quotient(market: Market, base: Amount, quote: Amount): Amount {
    const tick = unit(market.priceDecimals)
    const price = roundTo(over(base, quote, 18), market.priceDecimals)
    return price < tick ? tick : price
  }

  #path(asset: string): PricePath {
    const path = this.#paths.get(asset)
    if (path === undefined) throw new Error(`no price path for ${asset}`)
    return path
  }
}
