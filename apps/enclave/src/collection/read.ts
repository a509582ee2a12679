/** What was collected, read back: nothing the database holds is believed before the digest agrees. */
import { setImmediate } from 'node:timers/promises'
import type { AccountEvent } from '@perf-aggregator/performance'
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { CollectionStatus } from '../http/services.ts'
import type { Database } from '../store/tables.ts'
import { addToDigest, type EventVault } from './event-vault.ts'
import { type CollectionState, EMPTY_STATE } from './state.ts'

/** Sealed rows opened before the event loop gets its turn: about ten milliseconds. */
const ROWS_AT_ONCE = 500

/** The state of a session's collection. A session that was not yet looked at is empty. */
export async function readState(db: Kysely<Database>, vault: EventVault, sessionKey: string): Promise<CollectionState> {
  const row = await db
    .selectFrom('collections')
    .select('sealed')
    .where('session_key', '=', sessionKey)
    .executeTakeFirst()
  if (row === undefined || row.sealed === null) return EMPTY_STATE
  return vault.openState(sessionKey, row.sealed) as CollectionState
}

/**
 * State and events of a session as of one instant. Rejects `storage_altered` when rows were added, removed or changed
 * by anyone but this enclave.
 */
export async function readEvents(
  db: Kysely<Database>,
  vault: EventVault,
  sessionKey: string,
): Promise<{ readonly state: CollectionState; readonly events: readonly AccountEvent[] }> {
  const { state, rows } = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => ({
      state: await readState(tx, vault, sessionKey),
      rows: await tx
        .selectFrom('events')
        .select(['event_key', 'sealed'])
        .where('session_key', '=', sessionKey)
        .orderBy('seq')
        .execute(),
    }))
  const opened: ReturnType<EventVault['open']>[] = []
  for (const [at, row] of rows.entries()) {
    // A long history takes a second to open; others are answered in between.
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate()
    opened.push(vault.open(sessionKey, row.event_key, row.sealed))
  }
  const digest = addToDigest(
    EMPTY_STATE.digest,
    opened.map(({ summand }) => summand),
  )
  if (digest !== state.digest || opened.length !== state.fills + state.flows) {
    throw new EnclaveError('storage_altered', 'the collected events are not the ones this enclave stored')
  }
  return { state, events: opened.map(({ event }) => event) }
}

/** Live sessions by how far their collection is. */
export async function countByStatus(
  db: Kysely<Database>,
  vault: EventVault,
): Promise<Record<CollectionState['status'], number>> {
  const rows = await db
    .selectFrom('collections')
    .innerJoin('sessions', 'sessions.key', 'collections.session_key')
    .select(['session_key', 'collections.sealed'])
    .where('sessions.status', '=', 'active')
    .execute()
  const counts = { collecting: 0, up_to_date: 0, venue_unavailable: 0, key_refused: 0 }
  for (const { session_key: key, sealed } of rows) {
    const state = sealed === null ? EMPTY_STATE : (vault.openState(key, sealed) as CollectionState)
    counts[state.status] += 1
  }
  return counts
}

/** The state as the API shows it. */
export function statusOf(state: CollectionState): CollectionStatus {
  const streams = Object.values(state.streams)
  return {
    state: state.status,
    fills: state.fills,
    flows: state.flows,
    duplicates: state.duplicates,
    conflicts: state.conflicts,
    pages: state.pages,
    streams: { total: streams.length, caughtUp: streams.filter(({ caughtUp }) => caughtUp).length },
    gaps: state.gaps,
    lastPollAt: state.lastPollAt,
    lastError: state.lastError,
    balances: state.balances,
  }
}
