/** From collected events to figures: reads what was collected, prices it, measures it. */
import type { ReportingCurrency } from '@perf-aggregator/contracts'
import {
  type AccountHistory,
  type BalanceSnapshot,
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
import { type Collected, HeldEvents } from './held-events.ts'
import { Kept } from './kept.ts'
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

/** Figures as they were measured from the collection that `basis` names. */
interface Measured {
  readonly basis: string
  readonly aggregates: Aggregates
}

/** Measurements kept for sessions whose collection has not changed since. */
const MOST_MEASURED = 64

export class Aggregation implements PerformanceService {
  readonly #parts: AggregationParts
  readonly #held: HeldEvents
  readonly #measured = new Kept<Measured>(MOST_MEASURED)

  constructor(parts: AggregationParts) {
    this.#parts = parts
    this.#held = new HeldEvents(parts.db, parts.vault)
  }

  async status(session: Session): Promise<CollectionStatus> {
    return statusOf(await readState(this.#parts.db, this.#parts.vault, session.key))
  }

  /**
   * The figures of one session now. Only events that were added since the last call are read and opened.
   * Rejects `collection_incomplete` before the first complete look at the account.
   */
  async current(session: Session): Promise<Aggregates> {
    const rights = { held: this.#held.right(), measured: this.#measured.right() }
    const state = await readState(this.#parts.db, this.#parts.vault, session.key)
    if (state.balances === null) throw incomplete()
    const known = this.#measured.get(session.key)
    if (known?.basis === basisOf(state)) return known.aggregates
    const collected = await this.#held.read(session.key, rights.held)
    const aggregates = await this.#aggregate([session], [collected], defaultCurrency([session]))
    const measured = { basis: basisOf(collected.state), aggregates }
    this.#measured.keep(rights.measured, session.key, [session.key], measured)
    return aggregates
  }

  /**
   * The figures of several sessions together, with every stored event read, opened and verified again: what a
   * certificate rests on is never remembered. Rejects `collection_incomplete`, `storage_altered`.
   */
  async measure(sessions: readonly Session[], reportingCurrency?: ReportingCurrency): Promise<Aggregates> {
    const { db, vault } = this.#parts
    const states = await Promise.all(sessions.map(async ({ key }) => await readState(db, vault, key)))
    if (states.some(({ balances }) => balances === null)) throw incomplete()
    const collected: Collected[] = []
    for (const { key } of sessions) collected.push(await readEvents(db, vault, key))
    return await this.#aggregate(sessions, collected, reportingCurrency ?? defaultCurrency(sessions))
  }

  /** Nothing known from a revoked session may stay in memory. */
  forget(sessionKey: string): void {
    this.#held.forget(sessionKey)
    this.#measured.forget(sessionKey)
  }

  forgetAll(): void {
    this.#held.forgetAll()
    this.#measured.forgetAll()
  }

  /**
   * Books everything again: some 60 ms for 10,000 fills, a fifth of what reading them takes. A `LiveBook` would not
   * give the same figures, as what it booked keeps its price: until midnight the close of the running day changes, and
   * with it every fee, flow and cross-asset fill of that day, and a late fill can price a day that had no close.
   */
  async #aggregate(
    sessions: readonly Session[],
    collected: readonly Collected[],
    reportingCurrency: ReportingCurrency,
  ): Promise<Aggregates> {
    const histories: AccountHistory[] = []
    const statuses = new Map<string, CollectionStatus>()
    let until: Micros = 0
    const firstSeen = new Map<string, Micros>()
    const see = (asset: string, at: Micros): void => {
      firstSeen.set(asset, Math.min(at, firstSeen.get(asset) ?? at))
    }
    for (const [index, session] of sessions.entries()) {
      const { state, events } = collected[index] ?? {}
      if (state === undefined || events === undefined || state.balances === null) throw incomplete()
      histories.push({ account: session.account, venue: session.venue, events, closing: closingOf(state, events) })
      statuses.set(session.key, statusOf(state))
      until = Math.max(until, state.balances.at)
      for (const { asset } of state.balances.balances) see(asset, state.balances.at)
      for (const event of events) {
        until = Math.max(until, event.at)
        if (event.kind === 'flow') see(event.asset, event.at)
        else {
          see(event.base, event.at)
          see(event.quote, event.at)
          for (const { asset } of event.fees) see(asset, event.at)
        }
      }
    }
    const closes = await this.#parts.prices.closes({
      assets: new Map([...firstSeen].map(([asset, at]) => [asset, dayOf(at)])),
      reportingCurrency,
      venues: sessions.map(({ venue }) => venue),
      to: dayOf(until),
    })
    return { ...measure({ accounts: histories, closes, reportingCurrency, until }), statuses }
  }
}

export function incomplete(): EnclaveError {
  return new EnclaveError('collection_incomplete', 'the history of an account is still being collected', {
    retryAfterSeconds: 1,
  })
}

/**
 * The balances of an account that is up to date belong to exactly the events held. Events carry the venue's time and the
 * balances ours: one that is ahead by a moment would else be left out of what explains them.
 */
function closingOf({ balances, status }: Collected['state'], events: Collected['events']): BalanceSnapshot {
  if (balances === null) throw incomplete()
  if (status !== 'up_to_date') return balances
  return { ...balances, at: events.reduce((latest, { at }) => Math.max(latest, at), balances.at) }
}

/** Names what figures were measured from: they change with the events, the balances and what a status says. */
function basisOf({ digest, balances, status }: Collected['state']): string {
  return `${digest} ${balances?.at} ${status}`
}

/** Binance quotes in USDT and its history has no USD; accounts without Binance are told in USD. */
function defaultCurrency(sessions: readonly Session[]): ReportingCurrency {
  return sessions.some(({ venue }) => venue === 'binance') ? 'USDT' : 'USD'
}

function dayOf(at: Micros): string {
  return new Date(at / 1000).toISOString().slice(0, 10)
}
