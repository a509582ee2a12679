/** One page into the database: events, counts and cursor in one transaction, so a crash leaves all of it or nothing. */
import type { Kysely } from 'kysely'
import type { Page, StreamName } from '../ports/venue.ts'
import { sqlState } from '../store/availability.ts'
import type { Database } from '../store/tables.ts'
import { addToDigest, type EventVault, type SealedEvent } from './event-vault.ts'
import { type Lease, LeaseLost, writeUnderLease } from './lease.ts'
import { afterPage, type CollectionState } from './state.ts'

/** PostgreSQL takes 65,535 parameters in a statement; three a row. */
const ROWS_PER_INSERT = 5_000
/** SQLSTATE, PostgreSQL appendix A. */
const FOREIGN_KEY_VIOLATION = '23503'

/** Ingests `page` of `stream` and returns the state as committed. Throws `LeaseLost`. */
export async function ingest(
  db: Kysely<Database>,
  vault: EventVault,
  lease: Lease,
  state: CollectionState,
  page: { readonly stream: StreamName } & Page,
  now: number,
): Promise<CollectionState> {
  const { stream, cursor, more, gap } = page
  const distinct = new Map<string, SealedEvent>()
  let duplicates = 0
  let conflicts = 0
  const again = (known: bigint, event: SealedEvent): void => {
    if (known === event.summand) duplicates += 1
    else conflicts += 1
  }
  for (const event of page.events) {
    const sealed = vault.seal(lease.sessionKey, event)
    const name = sealed.key.toString('hex')
    const known = distinct.get(name)
    if (known === undefined) distinct.set(name, sealed)
    else again(known.summand, sealed)
  }

  return await db.transaction().execute(async (tx) => {
    const offered = [...distinct.values()]
    const inserted = new Set<string>()
    for (let start = 0; start < offered.length; start += ROWS_PER_INSERT) {
      const rows = await insert(tx, lease, offered.slice(start, start + ROWS_PER_INSERT))
      for (const key of rows) inserted.add(key)
    }
    const isNew = (event: SealedEvent): boolean => inserted.has(event.key.toString('hex'))
    const fresh = offered.filter(isNew)
    const held = offered.filter((event) => !isNew(event))
    if (held.length > 0) {
      const rows = await tx
        .selectFrom('events')
        .select(['event_key', 'sealed'])
        .where('session_key', '=', lease.sessionKey)
        .where(
          'event_key',
          'in',
          held.map(({ key }) => key),
        )
        .execute()
      for (const row of rows) {
        const stored = vault.open(lease.sessionKey, row.event_key, row.sealed)
        const event = distinct.get(Buffer.from(row.event_key).toString('hex'))
        if (event !== undefined) again(stored.summand, event)
      }
    }
    const next = afterPage(state, {
      stream,
      cursor,
      more,
      gap,
      newFills: fresh.filter(({ kind }) => kind === 'fill').length,
      newFlows: fresh.filter(({ kind }) => kind === 'flow').length,
      duplicates,
      conflicts,
      digest: addToDigest(
        state.digest,
        fresh.map(({ summand }) => summand),
      ),
      now,
    })
    await writeUnderLease(tx, lease, vault.sealState(lease.sessionKey, next))
    return next
  })
}

async function insert(tx: Kysely<Database>, lease: Lease, events: readonly SealedEvent[]): Promise<readonly string[]> {
  try {
    const rows = await tx
      .insertInto('events')
      .values(events.map(({ key, sealed }) => ({ session_key: lease.sessionKey, event_key: key, sealed })))
      .onConflict((conflict) => conflict.columns(['session_key', 'event_key']).doNothing())
      .returning('event_key')
      .execute()
    return rows.map(({ event_key }) => Buffer.from(event_key).toString('hex'))
  } catch (error) {
    // The session's rows are gone: it was revoked while the page was on its way.
    if (sqlState(error) === FOREIGN_KEY_VIOLATION) throw new LeaseLost()
    throw error
  }
}
