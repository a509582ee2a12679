/** From collected events to figures: reads what was collected, prices it, measures it. */
import {
  type AccountHistory,
  type DayValue,
  type Micros,
  measure,
  type Performance,
} from '@perf-aggregator/performance'
import type { Kysely } from 'kysely'
import type { EventVault } from '../collection/event-vault.ts'
import { readEvents, readState, statusOf } from '../collection/read.ts'
import { EnclaveError } from '../errors.ts'
import type { CollectionStatus, PerformanceService, Session } from '../http/services.ts'
import type { Database } from '../store/tables.ts'
import type { Prices } from './prices.ts'

export interface AggregationParts {
  readonly db: Kysely<Database>
  readonly vault: EventVault
  readonly prices: Prices
}

/** Figures, and the collection each account's figures rest on. */
export interface Aggregates {
  readonly performance: Performance
  readonly days: readonly DayValue[]
  readonly statuses: ReadonlyMap<string, CollectionStatus>
}

/** Measurements kept for sessions whose collection has not changed since. */
const CACHED = 64

export class Aggregation implements PerformanceService {
  readonly #parts: AggregationParts
  /** By sessions and currency; `basis` names the collection it was measured from. */
  readonly #cache = new Map<string, { readonly basis: string; readonly aggregates: Aggregates }>()

  constructor(parts: AggregationParts) {
    this.#parts = parts
  }

  async status(session: Session): Promise<CollectionStatus> {
    return statusOf(await readState(this.#parts.db, this.#parts.vault, session.key))
  }

  /** Rejects `collection_incomplete` before the first complete look at every account. */
  async measure(sessions: readonly Session[], reportingCurrency?: string): Promise<Aggregates> {
    const { db, vault, prices } = this.#parts
    const currency = reportingCurrency ?? defaultCurrency(sessions)
    const name = [currency, ...sessions.map(({ key }) => key).toSorted()].join(' ')
    const states = await Promise.all(sessions.map(async ({ key }) => await readState(db, vault, key)))
    if (states.some(({ balances }) => balances === null)) throw incomplete()
    const basis = states.map(({ digest, balances, status }) => `${digest} ${balances?.at} ${status}`).join('\n')
    const cached = this.#cache.get(name)
    if (cached?.basis === basis) return cached.aggregates

    const histories: AccountHistory[] = []
    const statuses = new Map<string, CollectionStatus>()
    let from = Infinity
    let until: Micros = 0
    const assets = new Set<string>()
    for (const session of sessions) {
      const { state, events } = await readEvents(db, vault, session.key)
      if (state.balances === null) throw incomplete()
      histories.push({ account: session.account, venue: session.venue, events, closing: state.balances })
      statuses.set(session.key, statusOf(state))
      until = Math.max(until, state.balances.at)
      for (const { asset } of state.balances.balances) assets.add(asset)
      for (const event of events) {
        from = Math.min(from, event.at)
        until = Math.max(until, event.at)
        if (event.kind === 'flow') assets.add(event.asset)
        else for (const asset of [event.base, event.quote, ...event.fees.map((fee) => fee.asset)]) assets.add(asset)
      }
    }
    const closes = await prices.closes({
      assets,
      reportingCurrency: currency,
      venues: sessions.map(({ venue }) => venue),
      from: dayOf(Math.min(from, until)),
      to: dayOf(until),
    })
    const { performance, days } = measure({ accounts: histories, closes, reportingCurrency: currency, until })
    const aggregates = { performance, days, statuses }
    this.#remember(name, basis, aggregates)
    return aggregates
  }

  /** Nothing measured from a revoked session may stay in memory. */
  forget(sessionKey: string): void {
    for (const name of this.#cache.keys()) if (name.includes(sessionKey)) this.#cache.delete(name)
  }

  forgetAll(): void {
    this.#cache.clear()
  }

  #remember(name: string, basis: string, aggregates: Aggregates): void {
    this.#cache.delete(name)
    this.#cache.set(name, { basis, aggregates })
    const [oldest] = this.#cache.keys()
    if (this.#cache.size > CACHED && oldest !== undefined) this.#cache.delete(oldest)
  }
}

export function incomplete(): EnclaveError {
  return new EnclaveError('collection_incomplete', 'the history of an account is still being collected', {
    retryAfterSeconds: 1,
  })
}

/** Binance quotes in USDT and its history has no USD; accounts without Binance are told in USD. */
function defaultCurrency(sessions: readonly Session[]): string {
  return sessions.some(({ venue }) => venue === 'binance') ? 'USDT' : 'USD'
}

function dayOf(at: Micros): string {
  return new Date(at / 1000).toISOString().slice(0, 10)
}
