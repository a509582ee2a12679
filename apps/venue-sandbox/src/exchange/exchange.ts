import type { Fill, Flow } from '../account/events.ts'
import type { VenueId, VenueProfile } from '../account/profile.ts'
import type { Trader } from '../account/trader.ts'
import type { Amount } from '../amount/amount.ts'
import { type Candle, type Market, marketName, type PriceBoard } from '../market/market.ts'
import { DAY_MS } from '../market/price-path.ts'
import type { Faults } from './faults.ts'
import type { KeyRing, VenueKey } from './keys.ts'
import type { VenueRequest, VenueResponse } from './message.ts'

export interface VenueSettings {
  /** Most rows the venue puts on a page, whatever the client asks for; null: the real venue's own maximum. */
  readonly pageSize: number | null
  /** How much more generous than the real venue its rate limits are; 1: as real. */
  readonly rateLimitScale: number
}

/** One venue: turns requests into the answers the real one would give. */
export interface Exchange {
  readonly venue: VenueId
  answer(request: VenueRequest): VenueResponse
  /** The venue's own body for an HTTP failure it did not cause itself: overload, maintenance, ban. */
  failure(status: number, retryAfter: number | undefined, now: number): VenueResponse
}

/** What every venue is made of. */
export interface VenueParts<K extends VenueKey> {
  /** The venue's own number of the account, the same under every key. */
  readonly accountId: string
  readonly profile: VenueProfile
  readonly trader: Trader
  readonly board: PriceBoard
  readonly listedAt: number
  readonly keys: KeyRing<K>
  readonly faults: Faults
  readonly settings: VenueSettings
}

/** The account as the venue's history shows it now. Derived views are kept until the history changes. */
export class Showcase {
  readonly #parts: VenueParts<VenueKey>
  #version = -1
  #views = new Map<string, unknown>()

  constructor(parts: VenueParts<VenueKey>) {
    this.#parts = parts
  }

  /** Oldest first. */
  fills(now: number): readonly Fill[] {
    return this.#retained(this.#parts.trader.account.fills, now)
  }

  newestFills(now: number): readonly Fill[] {
    return this.view('newest fills', now, () => this.fills(now).toReversed())
  }

  /** Oldest first. */
  flows(now: number): readonly Flow[] {
    return this.#retained(this.#parts.trader.account.flows, now)
  }

  fillsOf(market: Market, now: number): readonly Fill[] {
    return this.view(`fills ${marketName(market)}`, now, () => this.fills(now).filter((fill) => fill.market === market))
  }

  /** `build()`, remembered under `name` until the history changes; never remembered while a retention limit slides. */
  view<T>(name: string, now: number, build: () => T): T {
    const { account } = this.#parts.trader
    account.reveal(now)
    if (this.#parts.faults.standing('retention') !== undefined) return build()
    if (this.#version !== account.version) {
      this.#version = account.version
      this.#views = new Map()
    }
    const known = this.#views.get(name)
    if (known !== undefined) return known as T
    const built = build()
    this.#views.set(name, built)
    return built
  }

  candle(market: Market, day: number, now: number): Candle {
    const prices = this.view(`prices ${marketName(market)}`, now, () => {
      const byDay = new Map<number, Amount[]>()
      for (const { at, price } of this.fillsOf(market, now)) {
        const of = Math.floor(at / 1000 / DAY_MS)
        const known = byDay.get(of)
        if (known === undefined) byDay.set(of, [price])
        else known.push(price)
      }
      return byDay
    })
    return this.#parts.board.candle(market, day, prices.get(day) ?? [], now)
  }

  /** Days `from`..`to` that the market was listed and that have begun. */
  days(from: number, to: number, now: number): readonly number[] {
    const first = Math.max(from, Math.floor(this.#parts.listedAt / DAY_MS))
    const last = Math.min(to, Math.floor(now / DAY_MS))
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  }

  #retained<T extends { readonly at: number }>(events: readonly T[], now: number): readonly T[] {
    this.#parts.trader.account.reveal(now)
    const limit = this.#parts.faults.standing('retention')
    if (limit === undefined) return events
    const oldest = (now - limit.days * DAY_MS) * 1000
    return events.filter(({ at }) => at >= oldest)
  }
}
