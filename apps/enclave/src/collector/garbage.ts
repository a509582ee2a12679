/**
 * Collecting garbage on request, so that a released key is gone in milliseconds and not when the heap happens to fill.
 * A full collection frees the KeyObject, and OpenSSL clears it then. The API key was also a string in request heads:
 * those on the heap go with the collection, the last one lies in stack frames Node's socket code has long left.
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
        overwriteStack(STACK_DEPTH)
        collectNow?.()
        void repeat()
      })()
      await waiting
    },
  }
}

/** Frames enough to cover the 16 KiB buffer in which Node writes short strings to a socket. */
const STACK_DEPTH = 2_000

/** Leaves its own frames where those of earlier, deeper calls were. */
function overwriteStack(depth: number): number {
  return depth === 0 ? 0 : 1 + overwriteStack(depth - 1)
}
