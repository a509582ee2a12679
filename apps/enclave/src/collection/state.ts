/**
 * What the enclave knows about one session's collection: where every stream stands and what came in so far.
 * Kept sealed, and always written in the same transaction as the events it counts.
 */
import type { BalanceSnapshot } from '@perf-aggregator/performance'
import type { Cursor, StreamName } from '../ports/venue.ts'

export interface StreamState {
  readonly cursor: Cursor | null
  readonly caughtUp: boolean
}

export interface Gap {
  readonly stream: StreamName
  readonly from: string
  readonly to: string
}

export interface CollectionState {
  readonly streams: Readonly<Record<StreamName, StreamState>>
  readonly fills: number
  readonly flows: number
  /** Events the venue delivered again, with the same content; counted once. */
  readonly duplicates: number
  /** Events the venue delivered again with other content; the first is kept, and this is never hidden. */
  readonly conflicts: number
  readonly pages: number
  readonly gaps: readonly Gap[]
  /** Sum of the keyed digests of all events held, hex: a row added, removed or replaced outside is noticed. */
  readonly digest: string
  /** What the venue says is held, taken when no stream had anything new; null until then. */
  readonly balances: BalanceSnapshot | null
  readonly status: 'collecting' | 'up_to_date' | 'venue_unavailable' | 'key_refused'
  /** Milliseconds. */
  readonly lastPollAt: number | null
  /** Milliseconds; when the last new event arrived. */
  readonly lastNewAt: number | null
  readonly lastError: string | null
  /** Passes in a row that failed. */
  readonly failures: number
}

export const EMPTY_STATE: CollectionState = {
  streams: {},
  fills: 0,
  flows: 0,
  duplicates: 0,
  conflicts: 0,
  pages: 0,
  gaps: [],
  digest: '00'.repeat(32),
  balances: null,
  status: 'collecting',
  lastPollAt: null,
  lastNewAt: null,
  lastError: null,
  failures: 0,
}

/**
 * The state with `names` among its streams. Those that are new start at the beginning of the account, and until they are
 * read to their end the session is collecting again.
 */
export function withStreams(state: CollectionState, names: readonly StreamName[]): CollectionState {
  const added = names.filter((name) => !Object.hasOwn(state.streams, name))
  if (added.length === 0) return state
  const fresh = Object.fromEntries(added.map((name) => [name, { cursor: null, caughtUp: false }]))
  return { ...state, status: 'collecting', streams: { ...state.streams, ...fresh } }
}

export interface PageOutcome {
  readonly stream: StreamName
  readonly cursor: Cursor
  readonly more: boolean
  readonly gap: { readonly from: string; readonly to: string } | undefined
  readonly newFills: number
  readonly newFlows: number
  readonly duplicates: number
  readonly conflicts: number
  readonly digest: string
  /** Milliseconds. */
  readonly now: number
}

/**
 * The state after a page was ingested. New events make the balances stale: the session is collecting again. So it is when
 * a page comes after a failure, which is then over.
 */
export function afterPage(state: CollectionState, page: PageOutcome): CollectionState {
  const news = page.newFills + page.newFlows > 0
  // A look back over what is known does not make a stream that was read to its end less so.
  const caughtUp = !page.more || (!news && state.streams[page.stream]?.caughtUp === true)
  return {
    ...state,
    streams: { ...state.streams, [page.stream]: { cursor: page.cursor, caughtUp } },
    fills: state.fills + page.newFills,
    flows: state.flows + page.newFlows,
    duplicates: state.duplicates + page.duplicates,
    conflicts: state.conflicts + page.conflicts,
    pages: state.pages + 1,
    gaps: page.gap === undefined ? state.gaps : withGap(state.gaps, { stream: page.stream, ...page.gap }),
    digest: page.digest,
    status: !news && state.status === 'up_to_date' ? 'up_to_date' : 'collecting',
    lastPollAt: page.now,
    lastNewAt: news ? page.now : state.lastNewAt,
    lastError: null,
  }
}

/** Gaps of one stream that touch become one: a venue that miscounts at every look adds no more than time. */
function withGap(gaps: readonly Gap[], added: Gap): readonly Gap[] {
  const touches = (gap: Gap): boolean => gap.stream === added.stream && gap.from <= added.to && added.from <= gap.to
  const at = gaps.findIndex(touches)
  return at === -1 ? [...gaps, added] : gaps.map((gap, index) => (index === at ? joined(gap, added) : gap))
}

/** Instants of one form order as text. */
function joined(one: Gap, other: Gap): Gap {
  const { stream } = one
  return {
    stream,
    from: one.from < other.from ? one.from : other.from,
    to: one.to > other.to ? one.to : other.to,
  }
}

export function allCaughtUp(state: CollectionState): boolean {
  const streams = Object.values(state.streams)
  return streams.length > 0 && streams.every(({ caughtUp }) => caughtUp)
}
