/**
 * Daily closes for everything an account held, from the venues themselves: the account's own venue first, then the
 * others, through a bridge currency where there is no direct market. Nothing of this is kept in the database, where
 * a host could rewrite history; a restart asks the venues again.
 */
import type { DailyClose } from '@perf-aggregator/performance'
import type { Clock } from '../ports/clock.ts'
import type { Collector } from '../ports/collector.ts'
import type { VenueId } from '../ports/venue.ts'

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']
/** Currencies that most markets are quoted in, tried in this order. */
const BRIDGES = ['USDT', 'USD', 'USDC', 'BTC', 'EUR'] as const
/** How long the close of the running day serves, milliseconds. */
const RUNNING_DAY = 60_000

export interface PriceQuestion {
  readonly assets: ReadonlySet<string>
  readonly reportingCurrency: string
  /** Venues of the accounts, asked first. */
  readonly venues: readonly VenueId[]
  /** `YYYY-MM-DD`, inclusive. */
  readonly from: string
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

  /** Every close found that helps to value `assets`. An asset without any is left to the ledger to flag. */
  async closes(question: PriceQuestion): Promise<readonly DailyClose[]> {
    const { reportingCurrency } = question
    const order = [...new Set([...question.venues, ...VENUES])]
    const found: DailyClose[] = []
    const open = new Set([...question.assets].filter((asset) => asset !== reportingCurrency))
    const bridges = new Set<string>()
    for (const venue of order) {
      if (open.size === 0) break
      const direct = await this.#ask(venue, pairs(open, [reportingCurrency]), question)
      const covered = coveredBy(direct, open)
      for (const asset of covered) open.delete(asset)
      const others = BRIDGES.filter((bridge) => bridge !== reportingCurrency)
      const indirect = await this.#ask(venue, pairs(open, others), question)
      for (const asset of coveredBy(indirect, open)) open.delete(asset)
      for (const { base, quote } of indirect) {
        for (const name of [base, quote]) if (others.some((bridge) => bridge === name)) bridges.add(name)
      }
      found.push(...direct, ...indirect)
    }
    for (const venue of order) {
      for (const { base, quote } of found) {
        if (base === reportingCurrency) bridges.delete(quote)
        if (quote === reportingCurrency) bridges.delete(base)
      }
      if (bridges.size === 0) break
      found.push(...(await this.#ask(venue, pairs(bridges, [reportingCurrency]), question)))
    }
    return found
  }

  async #ask(venue: VenueId, markets: readonly string[], { from, to }: PriceQuestion): Promise<readonly DailyClose[]> {
    const now = this.#clock.now()
    const fresh = (cached: Cached | undefined): cached is Cached =>
      cached !== undefined &&
      cached.from <= from &&
      cached.to >= to &&
      (cached.to > to || now - cached.at < RUNNING_DAY)
    const missing = markets.filter((market) => !fresh(this.#cache.get(`${venue} ${market}`)))
    if (missing.length > 0) {
      const closes = await this.#collector.dailyCloses(venue, missing, from, to)
      const byMarket = Map.groupBy(closes, ({ market }) => market)
      for (const market of missing) {
        this.#cache.set(`${venue} ${market}`, { closes: byMarket.get(market) ?? [], from, to, at: now })
      }
    }
    return markets.flatMap((market) => this.#cache.get(`${venue} ${market}`)?.closes ?? [])
  }
}

/** Both ways round: which of the two exists is the venue's to say. */
function pairs(assets: Iterable<string>, others: readonly string[]): string[] {
  return [...assets].flatMap((asset) =>
    others.filter((other) => other !== asset).flatMap((other) => [`${asset}/${other}`, `${other}/${asset}`]),
  )
}

function coveredBy(closes: readonly DailyClose[], assets: ReadonlySet<string>): Set<string> {
  return new Set(closes.flatMap(({ base, quote }) => [base, quote].filter((asset) => assets.has(asset))))
}
