/**
 * One look at one account: every stream until nothing is left, then the balances, then the streams once more. Only
 * when that last look brings nothing new do the balances belong to exactly the events held: then, and only then, the
 * session is up to date and can be certified.
 */

import type { Clock } from '../ports/clock.ts'
import type { Page, StreamName, VenueId } from '../ports/venue.ts'
import type { VenueReader } from './attach.ts'
import { allCaughtUp, type CollectionState, withStreams } from './state.ts'

/** What a pass needs to know of a session. */
export interface CollectedSession {
  readonly key: string
  readonly venue: VenueId
  readonly account: string
  readonly symbols: readonly string[]
}

export interface PassTools {
  readonly collector: VenueReader
  readonly clock: Clock
  /** Commits a page (or, without one, the state as it is) and returns what was committed. */
  readonly commit: (
    state: CollectionState,
    page: ({ readonly stream: StreamName } & Page) | null,
  ) => Promise<CollectionState>
}

/** How often the balances are read again because the account kept trading meanwhile. */
const SNAPSHOT_TRIES = 3

/** Runs a pass and returns the state as last committed. Rejects with what stopped it; what was committed stays. */
export async function runPass(
  session: CollectedSession,
  before: CollectionState,
  tools: PassTools,
): Promise<CollectionState> {
  const names = await tools.collector.streams(session.key, session.symbols)
  let state = await readStreams(session, withStreams(before, names), tools)
  for (let attempt = 0; attempt < SNAPSHOT_TRIES && allCaughtUp(state); attempt += 1) {
    const at = tools.clock.now()
    const balances = await tools.collector.balances(session.key)
    const held = state.fills + state.flows
    const quiet = state.status === 'up_to_date' && sameBalances(balances, state.balances?.balances)
    if (!quiet) state = await readStreams(session, state, tools)
    if (state.fills + state.flows > held) continue
    return await tools.commit(
      {
        ...state,
        balances: { account: session.account, at: at * 1000, balances },
        status: 'up_to_date',
        lastPollAt: tools.clock.now(),
        lastError: null,
        failures: 0,
      },
      null,
    )
  }
  return await tools.commit({ ...state, failures: 0, lastError: null, lastPollAt: tools.clock.now() }, null)
}

async function readStreams(
  session: CollectedSession,
  before: CollectionState,
  tools: PassTools,
): Promise<CollectionState> {
  let state = before
  for (const stream of Object.keys(before.streams)) {
    for (let more = true; more; ) {
      const cursor = state.streams[stream]?.cursor ?? null
      const page = await tools.collector.page(session.key, session.account, stream, cursor)
      state = await tools.commit(state, { stream, ...page })
      more = page.more
    }
  }
  return state
}

type Balances = readonly { readonly asset: string; readonly total: string }[]

function sameBalances(left: Balances, right: Balances | undefined): boolean {
  if (right === undefined) return false
  const text = (balances: Balances): string =>
    balances
      .map(({ asset, total }) => `${asset}=${total}`)
      .toSorted()
      .join()
  return text(left) === text(right)
}
