/**
 * Walking one symbol's fills by trade id, never by time: ids are unique per symbol and ascend, times repeat.
 *
 * The walk asks from an id until the venue has nothing from there on, however few fills a page holds. A fill can become
 * visible after a later one did, so once caught up the next look begins a few minutes of trading back: at `anchor`, which
 * trails the newest fill by at least `OVERLAP` and is moved on over `middle`, so that nothing but two ids is remembered.
 */
import type { Fill, Micros } from '@perf-aggregator/performance'
import type { Cursor } from '../../../ports/venue.ts'
import { cursorNumber, cursorText } from '../cursor.ts'

/** Microseconds. */
const OVERLAP = 600_000_000

/** Where the walk of one symbol stands. Ids are decimal text: they may exceed what a number holds. */
export interface FillsCursor {
  /** The id to ask from. */
  readonly at: string
  /** Every id below was seen, unless it appeared late. */
  readonly known: string
  readonly anchor: string
  readonly middle: string
  readonly middleAt: Micros
}

export const FILLS_START: FillsCursor = { at: '0', known: '0', anchor: '0', middle: '0', middleAt: 0 }

export function readFillsCursor(cursor: Cursor | null): FillsCursor {
  if (cursor === null) return FILLS_START
  return {
    at: cursorText(cursor, 'at'),
    known: cursorText(cursor, 'known'),
    anchor: cursorText(cursor, 'anchor'),
    middle: cursorText(cursor, 'middle'),
    middleAt: cursorNumber(cursor, 'middleAt'),
  }
}

/**
 * The cursor behind the page that was asked from `cursor.at`, and whether there may be more. A page with nothing from
 * there on is the end, whatever older fills it repeats.
 */
export function advance(
  cursor: FillsCursor,
  fills: readonly Fill[],
): { readonly next: FillsCursor; readonly more: boolean } {
  let last = BigInt(cursor.at) - 1n
  let { anchor, middle, middleAt } = cursor
  let known = BigInt(cursor.known)
  for (const { tradeId, at } of fills.toSorted(byId)) {
    const id = BigInt(tradeId)
    if (id > last) last = id
    if (id < known) continue
    known = id + 1n
    if (at - middleAt >= OVERLAP) {
      anchor = middle
      middle = tradeId
      middleAt = at
    }
  }
  const more = last >= BigInt(cursor.at)
  const at = more ? String(last + 1n) : anchor
  return { next: { at, known: String(known), anchor, middle, middleAt }, more }
}

function byId(left: Fill, right: Fill): number {
  const [a, b] = [BigInt(left.tradeId), BigInt(right.tradeId)]
  return a < b ? -1 : a > b ? 1 : 0
}
