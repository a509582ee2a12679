/** What makes two deliveries the same event: (account, product, market, tradeId), or (account, flow, id). */
import type { AccountEvent } from '../events.ts'

/** Owner of the set of events already seen. Nested sets, so that no separator in an id can join two identities. */
export class Identities {
  readonly #seen = new Map<string, Map<string, Set<string>>>()

  /** True the first time, false for every further delivery. */
  add(event: AccountEvent): boolean {
    const [stream, id] =
      event.kind === 'fill' ? [`${event.product} ${event.market}`, event.tradeId] : [event.flow, event.id]
    let streams = this.#seen.get(event.account)
    if (streams === undefined) this.#seen.set(event.account, (streams = new Map<string, Set<string>>()))
    let ids = streams.get(stream)
    if (ids === undefined) streams.set(stream, (ids = new Set<string>()))
    const before = ids.size
    return ids.add(id).size > before
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
