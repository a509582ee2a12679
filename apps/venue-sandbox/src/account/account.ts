import { type Amount, plain } from '../amount/amount.ts'
import type { Market } from '../market/market.ts'
import { type Fill, type Flow, flowChange, legs } from './events.ts'

type Draft<T> = Omit<T, 'sequence'>

/**
 * One trader's account on one venue. Owns the balances: they change here and nowhere else, always by a booked event, and
 * never below zero. History is kept oldest first; what a venue shows of it is the venue's business.
 */
export class Account {
  readonly #fills: Fill[] = []
  readonly #flows: Flow[] = []
  readonly #balances = new Map<string, Amount>()
  /** Booked, and in the balances, but not yet shown by the history: a venue whose history lags behind its engine. */
  #hidden: { readonly fill: Fill; readonly visibleAt: number }[] = []
  #sequence = 0
  #version = 0

  /** Changes whenever the shown history does: what is derived from it can be cached under this number. */
  get version(): number {
    return this.#version
  }

  /** Every fill the history shows, oldest first. */
  get fills(): readonly Fill[] {
    return this.#fills
  }

  get hiddenFills(): readonly Fill[] {
    return this.#hidden.map(({ fill }) => fill)
  }

  get flows(): readonly Flow[] {
    return this.#flows
  }

  /** Assets ever touched, with what is left of them, by name. */
  balances(): readonly { readonly asset: string; readonly total: Amount }[] {
    return [...this.#balances].map(([asset, total]) => ({ asset, total })).sort((a, b) => (a.asset < b.asset ? -1 : 1))
  }

  balance(asset: string): Amount {
    return this.#balances.get(asset) ?? 0n
  }

  fillsOf(market: Market): readonly Fill[] {
    return this.#fills.filter((fill) => fill.market === market)
  }

  /** Books at once; the history shows it from `visibleAt` (milliseconds since 1970) on. Throws when a balance would go negative. */
  book(draft: Draft<Fill>, visibleAt?: number): Fill {
    const fill: Fill = { ...draft, sequence: this.#next() }
    this.#apply(legs(fill))
    if (visibleAt === undefined) this.#show(fill)
    else this.#hidden.push({ fill, visibleAt })
    return fill
  }

  move(draft: Draft<Flow>): Flow {
    const flow: Flow = { ...draft, sequence: this.#next() }
    this.#apply([{ asset: flow.asset, change: flowChange(flow) }])
    insertByTime(this.#flows, flow)
    this.#version += 1
    return flow
  }

  /** Shows every hidden fill whose time has come. */
  reveal(now: number): void {
    const due = this.#hidden.filter(({ visibleAt }) => visibleAt <= now)
    if (due.length === 0) return
    this.#hidden = this.#hidden.filter(({ visibleAt }) => visibleAt > now)
    for (const { fill } of due) this.#show(fill)
  }

  #show(fill: Fill): void {
    insertByTime(this.#fills, fill)
    this.#version += 1
  }

  #next(): number {
    this.#sequence += 1
    return this.#sequence
  }

  #apply(changes: readonly { readonly asset: string; readonly change: Amount }[]): void {
    const after = new Map<string, Amount>()
    for (const { asset, change } of changes) after.set(asset, (after.get(asset) ?? this.balance(asset)) + change)
    for (const [asset, total] of after) {
      if (total < 0n) throw new Error(`${asset} would go negative by ${plain(-total)}`)
    }
    for (const [asset, total] of after) this.#balances.set(asset, total)
  }
}

/** Most events arrive in order, so the search from the end is short. */
function insertByTime<T extends { readonly at: number; readonly sequence: number }>(events: T[], event: T): void {
  let index = events.length
  while (index > 0) {
    const before = events[index - 1]
    if (before === undefined || before.at < event.at || (before.at === event.at && before.sequence < event.sequence))
      break
    index -= 1
  }
  events.splice(index, 0, event)
}
