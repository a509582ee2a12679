/** Price of an asset on a day, with how good it is. */
import type { DayNumber } from '../day.ts'
import { ONE } from '../decimal/arithmetic.ts'
import type { DayPrices } from '../lots/state.ts'
import type { Mark, Marks } from './marks.ts'
import type { Pegs } from './pegs.ts'
import { pricesFrom } from './price-graph.ts'

export const PRICES =
  'UTC daily close, through at most two other assets; without a close the last fill of the day; else the day before, flagged; else unpriced'

export type PriceQuality = 'close' | 'fill' | 'stale'

export interface Price {
  /** Reporting currency per unit, money scale. */
  readonly price: bigint
  readonly quality: PriceQuality
}

/** From the best source to the worst: each one adds markets that the one before lacks. */
const QUALITIES: readonly PriceQuality[] = ['close', 'fill', 'stale']

/** Owner of the cache of prices, computed a day at a time when first asked for. */
export class PriceBook implements DayPrices {
  readonly #marks: Marks
  readonly #pegs: Pegs
  readonly #currency: string
  readonly #cashName: string
  readonly #from: DayNumber
  readonly #to: DayNumber
  readonly #computed = new Map<string, ReadonlyMap<string, bigint>>()
  readonly #found = new Map<string, Map<DayNumber, Price | null>>()
  readonly #pricedDays = new Map<string, readonly DayNumber[]>()

  /** `from` and `to`: the days whose prices a flow may borrow, both inclusive. */
  constructor(marks: Marks, currency: string, pegs: Pegs, from: DayNumber, to: DayNumber) {
    this.#marks = marks
    this.#pegs = pegs
    this.#currency = currency
    this.#cashName = pegs.representative(currency)
    this.#from = from
    this.#to = to
  }

  isCash(asset: string): boolean {
    return this.#pegs.representative(asset) === this.#cashName
  }

  find(asset: string, day: DayNumber): Price | null {
    let ofAsset = this.#found.get(asset)
    if (ofAsset === undefined) this.#found.set(asset, (ofAsset = new Map<DayNumber, Price | null>()))
    let price = ofAsset.get(day)
    if (price === undefined) ofAsset.set(day, (price = this.#search(asset, day)))
    return price
  }

  priceOf(asset: string, day: DayNumber): bigint | null {
    return this.find(asset, day)?.price ?? null
  }

  flowPriceOf(asset: string, day: DayNumber): bigint | null {
    const price = this.priceOf(asset, day)
    if (price !== null) return price
    const days = this.#daysWithPrice(asset)
    const nearest = days.find((priced) => priced > day) ?? days.at(-1)
    return nearest === undefined ? null : this.priceOf(asset, nearest)
  }

  everPriced(asset: string): boolean {
    return this.#daysWithPrice(asset).length > 0
  }

  #search(asset: string, day: DayNumber): Price | null {
    const name = this.#pegs.representative(asset)
    if (name === this.#cashName) return { price: ONE, quality: 'close' }
    for (const quality of QUALITIES) {
      const price = this.#pricesOf(day, quality).get(name)
      if (price !== undefined) return { price, quality }
    }
    return null
  }

  #daysWithPrice(asset: string): readonly DayNumber[] {
    const known = this.#pricedDays.get(asset)
    if (known !== undefined) return known
    const days: DayNumber[] = []
    for (let day = this.#from; day <= this.#to; day++) if (this.find(asset, day) !== null) days.push(day)
    this.#pricedDays.set(asset, days)
    return days
  }

  #pricesOf(day: DayNumber, quality: PriceQuality): ReadonlyMap<string, bigint> {
    const key = `${quality} ${day}`
    let prices = this.#computed.get(key)
    if (prices === undefined) {
      prices = pricesFrom(this.#marksOf(day, quality), this.#currency, (asset) => this.#pegs.representative(asset))
      this.#computed.set(key, prices)
    }
    return prices
  }

  #marksOf(day: DayNumber, quality: PriceQuality): readonly Mark[] {
    const today = this.#marks.get(day) ?? []
    if (quality === 'close') return today.filter(({ source }) => source === 'close')
    if (quality === 'fill') return today
    const markets = new Set(today.map(({ market }) => market))
    const yesterday = (this.#marks.get(day - 1) ?? []).filter(({ market }) => !markets.has(market))
    return [...today, ...yesterday]
  }
}
