/** Whether a session may still be collected, by what is sealed of it: the host can set the columns beside it. */
import type { Session } from '../http/services.ts'
import type { SessionParts } from './parts.ts'
import { readSession } from './session-vault.ts'

/** The session behind `key`, or null when it ended or its sealed end has passed. Rejects `storage_altered`. */
export async function liveSession(
  { db, vault, clock }: Pick<SessionParts, 'db' | 'vault' | 'clock'>,
  key: string,
): Promise<Session | null> {
  const stored = await readSession(db, vault, key)
  return stored?.status === 'active' && stored.session.expiresAt > clock.now() ? stored.session : null
}
