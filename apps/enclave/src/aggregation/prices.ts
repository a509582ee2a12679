/**
 * Daily closes for everything an account held, from the venues themselves and day by day: from the accounts' own venues
 * first, and from a further one only on days that are still without a price; through a bridge currency where there is
 * no direct market. Nothing of this is kept in the database, where a host could rewrite history; a restart asks again.
 *
 * A venue that is asked and does not answer fails the question. To go on without it would let a host choose among prices
 * by cutting a line.
 */
import type { DailyClose } from '@perf-aggregator/performance'
import type { Clock } from '../ports/clock.ts'
import type { Collector } from '../ports/collector.ts'
import type { VenueId } from '../ports/venue.ts'
import { type DaysOf, FoundCloses } from './found-closes.ts'

/** Those of the accounts come first, in this order whichever is named first, then the others. */
const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']
/** Currencies that most markets are quoted in, tried in this order. */
const BRIDGES = ['USDT', 'USD', 'USDC', 'BTC', 'EUR'] as const
/** Markets on the longest path that the ledger follows, and what is left of it behind a bridge. */
const LONGEST_PATH = 3
const BEHIND_A_BRIDGE = LONGEST_PATH - 1
const DAY = 86_400_000
/** How long the close of the running day serves, and after its end a day counts as over, milliseconds. */
const RUNNING_DAY = 60_000

export interface PriceQuestion {
  /** By asset, the first day on which it has to have a price, `YYYY-MM-DD`. */
  readonly assets: ReadonlyMap<string, string>
  readonly reportingCurrency: string
  /** Venues of the accounts. */
  readonly venues: readonly VenueId[]
  /** `YYYY-MM-DD`, inclusive. */
  readonly to: string
}

interface Cached {
  readonly closes: readonly DailyClose[]
  readonly from: string
  readonly to: string
  readonly at: number
}

/** Owner of the cache of closes, by venue and market. */
export class Prices {
  readonly #collector: Collector
  readonly #clock: Clock
  readonly #cache = new Map<string, Cached>()

  constructor(collector: Collector, clock: Clock) {
    this.#collector = collector
    this.#clock = clock
  }

  /** One close per market and day, as far as they help to value `assets`. A day without any is left to the ledger to flag. */
  async closes({ assets, reportingCurrency, venues, to }: PriceQuestion): Promise<readonly DailyClose[]> {
    const found = new FoundCloses(reportingCurrency)
    const own = VENUES.filter((venue) => venues.includes(venue))
    const order = [...own, ...VENUES.filter((venue) => !own.includes(venue))]
    const bridges = BRIDGES.filter((bridge) => bridge !== reportingCurrency)
    const days = daysOf(
      [...assets.values()].reduce((least, from) => (from < least ? from : least), to),
      to,
    )
    let missing: DaysOf = new Map([...assets].map(([asset, from]) => [asset, days.slice(days.indexOf(from))]))
    for (const venue of order) {
      missing = found.unpriced(missing, LONGEST_PATH)
      if (missing.size === 0) break
      await this.#find(found, venue, missing, [reportingCurrency])
      await this.#find(found, venue, found.unpriced(missing, LONGEST_PATH), bridges)
      let leaning = found.leaningOn(bridges, found.unpriced(missing, LONGEST_PATH))
      for (const other of order) {
        leaning = found.unpriced(leaning, BEHIND_A_BRIDGE)
        if (leaning.size === 0) break
        await this.#find(found, other, leaning, [reportingCurrency])
      }
    }
    return found.all()
  }

  async #find(found: FoundCloses, venue: VenueId, missing: DaysOf, others: readonly string[]): Promise<void> {
    for (const [asset, days] of missing) {
      const [from, to] = [days[0], days.at(-1)]
      if (from !== undefined && to !== undefined)
        found.add(await this.#ask(venue, pairs(asset, others), from, to), days)
    }
  }

  async #ask(venue: VenueId, markets: readonly string[], from: string, to: string): Promise<readonly DailyClose[]> {
    const now = this.#clock.now()
    const fresh = (cached: Cached | undefined): boolean =>
      cached !== undefined &&
      cached.from <= from &&
      cached.to >= to &&
      (cached.at >= endOf(to) + RUNNING_DAY || now - cached.at < RUNNING_DAY)
    const stale = markets.filter((market) => !fresh(this.#cache.get(`${venue} ${market}`)))
    if (stale.length > 0) {
      // What is held only grows: two questions about different days would else drive each other out for ever.
      const held = stale.map((market) => this.#cache.get(`${venue} ${market}`)).filter((cached) => cached !== undefined)
      const first = held.reduce((least, cached) => (cached.from < least ? cached.from : least), from)
      const last = held.reduce((most, cached) => (cached.to > most ? cached.to : most), to)
      const closes = await this.#collector.dailyCloses(venue, stale, first, last)
      const byMarket = Map.groupBy(closes, ({ market }) => market)
      for (const market of stale) {
        const ofMarket = byMarket.get(market) ?? []
        this.#cache.set(`${venue} ${market}`, { closes: ofMarket, from: first, to: last, at: now })
      }
    }
    return markets.flatMap((market) => this.#cache.get(`${venue} ${market}`)?.closes ?? [])
  }
}

/** Both ways round: which of the two exists is the venue's to say. */
function pairs(asset: string, others: readonly string[]): string[] {
  return others.filter((other) => other !== asset).flatMap((other) => [`${asset}/${other}`, `${other}/${asset}`])
}

function endOf(day: string): number {
  return Date.parse(day) + DAY
}

function daysOf(from: string, to: string): string[] {
  const days: string[] = []
  for (let at = Date.parse(from); at < endOf(to); at += DAY) days.push(new Date(at).toISOString().slice(0, 10))
  return days
}
