/** What makes two deliveries the same event: (account, product, market, tradeId), or (account, flow, id). */
import type { AccountEvent } from '../events.ts'

/** Owner of the set of events already seen. Nested by name, so that no separator in an id can join two identities. */
export class Identities {
  readonly #accounts = new Map<string, Map<string, Map<string, Set<string>>>>()

  /** True the first time, false for every further delivery. */
  add(event: AccountEvent): boolean {
    const ids =
      event.kind === 'fill'
        ? this.#ids(event.account, event.product, event.market)
        : this.#ids(event.account, event.flow, '')
    const before = ids.size
    return ids.add(event.kind === 'fill' ? event.tradeId : event.id).size > before
  }

  #ids(account: string, kind: string, market: string): Set<string> {
    let kinds = this.#accounts.get(account)
    if (kinds === undefined) this.#accounts.set(account, (kinds = new Map<string, Map<string, Set<string>>>()))
    let markets = kinds.get(kind)
    if (markets === undefined) kinds.set(kind, (markets = new Map<string, Set<string>>()))
    let ids = markets.get(market)
    if (ids === undefined) markets.set(market, (ids = new Set<string>()))
    return ids
  }
}

export interface Distinct<E extends AccountEvent> {
  readonly events: readonly E[]
  /** Deliveries beyond the first. */
  readonly duplicates: number
}

export function distinct<E extends AccountEvent>(events: readonly E[], seen = new Identities()): Distinct<E> {
  const first = events.filter((event) => seen.add(event))
  return { events: first, duplicates: events.length - first.length }
}
