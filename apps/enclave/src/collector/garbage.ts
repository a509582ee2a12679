/**
 * Collecting garbage on request, so that a released key is gone in milliseconds and not when the heap happens to fill.
 * One full collection frees the KeyObject; the strings that carried an API key into a request can hang on V8's own
 * caches (the last subject of a regular expression, code that was just optimised), hence a short series.
 */
import type { Sleep } from './pace.ts'

export interface GarbageCollector {
  /** Resolves after a full collection that began after the call. */
  collect(): Promise<void>
}

/** Milliseconds after which a full collection is repeated, in the background. */
const LATER: readonly number[] = [50, 250, 1_000]

export function createGarbageCollector(collectNow: (() => void) | undefined, sleep: Sleep): GarbageCollector {
  let waiting: Promise<void> | null = null
  let repeats = 0

  const repeat = async (): Promise<void> => {
    repeats += 1
    const mine = repeats
    for (const pause of LATER) {
      await sleep(pause)
      // A newer release runs its own series.
      if (mine !== repeats) return
      collectNow?.()
    }
  }
  return {
    // Many releases at once share one collection.
    collect: async () => {
      waiting ??= (async () => {
        await sleep(0)
        waiting = null
        collectNow?.()
        // The overwritten subject of V8's last regular expression.
        ;/[xy]/.test('x')
        void repeat()
      })()
      await waiting
    },
  }
}
