/**
 * A book that takes deliveries as they come: in any chunks, more than once, late. What it holds is at every moment
 * what a full recompute of everything delivered would hold.
 */
import type { AccountEvent, BalanceSnapshot } from '../events.ts'
import { Identities } from '../fills/identity.ts'
import { compareEvents } from '../fills/order.ts'
import { type ReadFill, readFill, readFlow } from '../fills/read.ts'
import { type Checkpoint, FifoBook } from './fifo-book.ts'
import type { DayPrices } from './state.ts'

/**
 * Events between two checkpoints, or as many as the last one copied lots, if that is more: so its cost per event stays
 * constant, however many lots are open.
 */
const EVERY = 1000
/** Older history than this many checkpoints is rebuilt from the start. */
const KEPT = 16

export interface Delivery {
  readonly booked: number
  readonly duplicates: number
  /** Events that preceded one already booked. */
  readonly late: number
}

/** A fill is read once, however often its part of history is rebuilt. */
interface Entry {
  readonly event: AccountEvent
  readonly fill: ReadFill | null
}

export class LiveBook {
  readonly book: FifoBook
  readonly #identities = new Identities()
  /** In canonical order; all of them booked. */
  readonly #entries: Entry[] = []
  /** `count` events were booked at each; ascending. The first is the beginning and is always kept. */
  readonly #checkpoints: { readonly count: number; readonly checkpoint: Checkpoint }[]

  constructor(prices: DayPrices, openings: readonly BalanceSnapshot[] = []) {
    this.book = new FifoBook(prices)
    for (const opening of openings) this.book.open(opening)
    this.#checkpoints = [{ count: 0, checkpoint: this.book.checkpoint() }]
  }

  /**
   * Prices must be final for the days of these events: what is booked is not valued again.
   * @throws PerformanceError as `FifoBook.apply`; then nothing of the delivery was taken
   */
  take(events: readonly AccountEvent[]): Delivery {
    const read = events.map(readEntry)
    const fresh = read.filter(({ event }) => this.#identities.add(event)).sort(compareEntries)
    const first = fresh[0]
    if (first === undefined) return { booked: 0, duplicates: events.length, late: 0 }
    const overtaken = this.#entries.splice(this.#countUpTo(first))
    const newest = overtaken.at(-1)
    const late = newest === undefined ? 0 : fresh.filter((entry) => compareEntries(entry, newest) < 0).length
    if (overtaken.length > 0) this.#rewind(this.#entries.length)
    const next = overtaken.length === 0 ? fresh : [...overtaken, ...fresh].sort(compareEntries)
    for (const entry of next) this.#append(entry)
    return { booked: fresh.length, duplicates: events.length - fresh.length, late }
  }

  /** How many entries come before or with `entry`. */
  #countUpTo(entry: Entry): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      // Deliveries are mostly in order: look at the end first.
      const middle = high === this.#entries.length ? high - 1 : (low + high) >>> 1
      const candidate = this.#entries[middle]
      if (candidate !== undefined && compareEntries(candidate, entry) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Brings the book back to its first `count` events. */
  #rewind(count: number): void {
    while (this.#checkpoints.length > 1 && (this.#checkpoints.at(-1)?.count ?? 0) > count) this.#checkpoints.pop()
    const nearest = this.#checkpoints.at(-1)
    if (nearest === undefined) return
    this.book.restore(nearest.checkpoint)
    for (const entry of this.#entries.slice(nearest.count, count)) this.#book(entry)
  }

  #append(entry: Entry): void {
    this.#book(entry)
    this.#entries.push(entry)
    const count = this.#entries.length
    const last = this.#checkpoints.at(-1)
    if (last !== undefined && count < last.count + Math.max(EVERY, last.checkpoint.lots)) return
    this.#checkpoints.push({ count, checkpoint: this.book.checkpoint() })
    if (this.#checkpoints.length > KEPT) this.#checkpoints.splice(1, 1)
  }

  #book({ event, fill }: Entry): void {
    if (fill === null) this.book.apply(event)
    else this.book.applyRead(fill)
  }
}

function readEntry(event: AccountEvent): Entry {
  if (event.kind === 'fill') return { event, fill: readFill(event) }
  readFlow(event)
  return { event, fill: null }
}

function compareEntries(a: Entry, b: Entry): number {
  return compareEvents(a.event, b.event)
}
