/** Anybody may scrape as often as they like, and some figures cost a walk over every session. */

/** Seconds a figure is shown again rather than read anew; no scraper worth the name looks more often. */
const KEPT = 1

/** `read`, asked by at most one caller at a time and not again within a second: whoever asks meanwhile is told the same. */
export function kept<Value>(read: () => Promise<Value>, stopwatch: () => number): () => Promise<Value> {
  let last: { readonly value: Promise<Value>; until: number } | null = null
  return () => {
    if (last !== null && stopwatch() < last.until) return last.value
    const mine = { value: read(), until: Number.POSITIVE_INFINITY }
    const settled = (): void => {
      mine.until = stopwatch() + KEPT
    }
    mine.value.then(settled, settled)
    last = mine
    return mine.value
  }
}
