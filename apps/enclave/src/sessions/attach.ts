/** Hands the collector the stored credentials of a session it does not hold: after a restart, or on another replica. */
import type { Session } from '../http/services.ts'
import { openCredentials } from '../store/credentials.ts'
import type { SessionParts } from './parts.ts'
import { forget } from './revoke.ts'

/**
 * Does nothing when the session has ended: the collector goes on saying `not_attached`. A session that ends while its
 * credentials are on their way is looked at once more and forgotten again, for whoever ended it has done its part already.
 */
export async function attachStored(
  { db, clock, collector }: Pick<SessionParts, 'db' | 'clock' | 'collector'>,
  { key, venue }: Pick<Session, 'key' | 'venue'>,
): Promise<void> {
  const access = { sessionKey: key, now: clock.now(), requestId: 'collection' }
  const credentials = await openCredentials(db, access, 'collector_restart')
  if (credentials === null) return
  await collector.attach(key, venue, credentials)
  let isLive = false
  try {
    const row = await db.selectFrom('sessions').select('status').where('key', '=', key).executeTakeFirst()
    isLive = row?.status === 'active'
  } finally {
    if (!isLive) await forget(collector, key)
  }
}
