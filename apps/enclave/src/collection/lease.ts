/**
 * Which replica collects a session. A lease row is claimed with the database's clock and carries a fence that grows
 * with every claim; every write of the holder checks the fence in its own transaction, so a replica that was paused
 * past its lease can read but never write.
 */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/tables.ts'

export interface Lease {
  readonly sessionKey: string
  readonly fence: string
}

/** The holder was paused, or the session was revoked: whatever it had in hand is dropped. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** How long a session waits for another holder after its own died. A living holder renews three times as often. */
export const LEASE_MILLISECONDS = 10_000

/** Claims up to `limit` sessions that are due and free. */
export async function claimDue(
  db: Kysely<Database>,
  owner: string,
  limit: number,
): Promise<readonly (Lease & { readonly sealed: Uint8Array | null })[]> {
  const { rows } = await sql<{ session_key: string; fence: string; sealed: Uint8Array | null }>`
    update collections set owner = ${owner}, fence = fence + 1,
      lease_until = now() + ${LEASE_MILLISECONDS} * interval '1 millisecond'
    where session_key in (
      select c.session_key from collections c join sessions s on s.key = c.session_key
      where c.next_poll_at <= now() and (c.lease_until is null or c.lease_until < now())
        and s.status = 'active' and s.expires_at > now()
      order by c.next_poll_at limit ${limit} for update of c skip locked)
    returning session_key, fence, sealed`.execute(db)
  return rows.map((row) => ({ sessionKey: row.session_key, fence: row.fence, sealed: row.sealed }))
}

/**
 * Keeps the leases of passes that are running alive while they wait for a venue. Named one by one: a row whose release
 * failed must run out, although its owner lives.
 */
export async function renew(db: Kysely<Database>, owner: string, sessionKeys: readonly string[]): Promise<void> {
  if (sessionKeys.length === 0) return
  await db
    .updateTable('collections')
    .set({ lease_until: sql`now() + ${LEASE_MILLISECONDS} * interval '1 millisecond'` })
    .where('owner', '=', owner)
    .where('session_key', 'in', sessionKeys)
    .execute()
}

/** Ends every lease. For the embedded database only, whose one process has just started: whoever held one is dead. */
export async function endLeases(db: Kysely<Database>): Promise<void> {
  await db.updateTable('collections').set({ owner: null, lease_until: null }).where('owner', 'is not', null).execute()
}

/** What is stored, held until the transaction ends. Throws `LeaseLost`. */
export async function readUnderLease(tx: Kysely<Database>, lease: Lease): Promise<Uint8Array | null> {
  const row = await tx
    .selectFrom('collections')
    .select('sealed')
    .where('session_key', '=', lease.sessionKey)
    .where('fence', '=', lease.fence)
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined) throw new LeaseLost()
  return row.sealed
}

/** Writes `sealed` under the lease and keeps the lease alive. Throws `LeaseLost`. */
export async function writeUnderLease(db: Kysely<Database>, lease: Lease, sealed: Uint8Array): Promise<void> {
  const { numAffectedRows } = await sql`
    update collections set sealed = ${sealed}, updated_at = now(),
      lease_until = now() + ${LEASE_MILLISECONDS} * interval '1 millisecond'
    where session_key = ${lease.sessionKey} and fence = ${lease.fence}`.execute(db)
  if (numAffectedRows !== 1n) throw new LeaseLost()
}

/** Gives the lease back; the session is due again in `milliseconds`. A lost lease is left to its new holder. */
export async function release(db: Kysely<Database>, lease: Lease, milliseconds: number): Promise<void> {
  await sql`
    update collections set owner = null, lease_until = null,
      next_poll_at = now() + ${milliseconds} * interval '1 millisecond'
    where session_key = ${lease.sessionKey} and fence = ${lease.fence}`.execute(db)
}
