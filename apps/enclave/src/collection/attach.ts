/** Gives the collector a session's sealed credentials when it does not hold them: after a restart, after a purge. */
import { type Kysely, sql } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { Collector } from '../ports/collector.ts'
import type { Database } from '../store/tables.ts'
import type { CollectedSession } from './pass.ts'

/** The live session behind `sessionKey`, or null when it was revoked meanwhile. */
export async function loadSession(db: Kysely<Database>, sessionKey: string): Promise<CollectedSession | null> {
  const row = await db
    .selectFrom('sessions')
    .select(['key', 'venue', 'account', 'symbols'])
    .where('key', '=', sessionKey)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row ?? null
}
