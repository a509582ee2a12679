/** When a session is looked at again: often while the account trades, seldom while it sleeps, later after every failure. */
import type { CollectionState } from './state.ts'

export interface Pace {
  /** Milliseconds between two looks at an account that is trading; the other intervals scale with it. */
  readonly fastest: number
}

export const DEFAULT_PACE: Pace = { fastest: 5_000 }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LONGEST_BACKOFF = 5 * MINUTE

/** How long an account has been quiet, and how many times `fastest` to wait then. */
const QUIET: readonly { readonly upTo: number; readonly times: number }[] = [
  { upTo: 5 * MINUTE, times: 1 },
  { upTo: HOUR, times: 3 },
  { upTo: 24 * HOUR, times: 12 },
  { upTo: Infinity, times: 60 },
]

/** Milliseconds until the next pass. `retryAfter`: what the venue asked for, if it did. */
export function nextPollIn(state: CollectionState, now: number, pace: Pace, retryAfter = 0): number {
  if (state.failures > 0) {
    const backoff = Math.min(pace.fastest * 2 ** Math.min(state.failures - 1, 16), LONGEST_BACKOFF)
    return Math.max(backoff, retryAfter)
  }
  const quiet = state.lastNewAt === null ? Infinity : now - state.lastNewAt
  const step = QUIET.find(({ upTo }) => quiet < upTo)
  return pace.fastest * (step?.times ?? 60)
}
