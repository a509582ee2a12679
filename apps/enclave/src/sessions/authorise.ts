/** Who asks for a session must name it, in time, and prove to hold its key where it is bound to one. */
import { EnclaveError } from '../errors.ts'
import type { RequestContext, Session } from '../http/services.ts'
import type { SessionParts } from './parts.ts'
import { provePossession } from './possession.ts'
import { sessionKeyOf } from './session-key.ts'
import { readSession } from './session-vault.ts'

type Parts = Pick<SessionParts, 'db' | 'vault' | 'clock'>

/** Rejects `session_unknown`, `session_revoked`, `session_expired`, the codes of `provePossession`, `storage_altered`. */
export async function authorise(parts: Parts, sessionId: string, context: RequestContext): Promise<Session> {
  const session = await findLive(parts, sessionId)
  if (session.clientKey !== null) {
    const { clientKey } = session
    await provePossession(parts.db, { clientKey, sessionId, context, now: parts.clock.now() })
  }
  return session
}

/** As `SessionService.authoriseTogether`: one proof, for the first; all of one owner. */
export async function authoriseTogether(
  parts: Parts,
  [firstId, ...otherIds]: readonly [string, ...string[]],
  context: RequestContext,
): Promise<readonly Session[]> {
  const first = await authorise(parts, firstId, context)
  const sessions = [first]
  for (const id of otherIds) {
    const session = await findLive(parts, id)
    if (!isSameKey(first.clientKey, session.clientKey)) {
      throw new EnclaveError('owner_mismatch', 'the sessions are not bound to the same key')
    }
    sessions.push(session)
  }
  return sessions
}

async function findLive(parts: Parts, sessionId: string): Promise<Session> {
  const key = sessionKeyOf(sessionId)
  const stored = key === null ? null : await readSession(parts.db, parts.vault, key)
  if (stored === null) throw new EnclaveError('session_unknown', 'there is no such session')
  if (stored.status === 'revoked') throw new EnclaveError('session_revoked', 'this session was revoked')
  // The sealed end counts, not the column of the same name.
  if (stored.session === null || stored.session.expiresAt <= parts.clock.now()) {
    throw new EnclaveError('session_expired', 'this session has ended: submit the key again')
  }
  return stored.session
}

function isSameKey(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}
