/** Session ids: 32 random bytes as base64url, known to the client only. The enclave keeps their digest, the session key. */
import { createHash } from 'node:crypto'
import type { Random } from '../ports/random.ts'

const SESSION_ID = /^[A-Za-z0-9_-]{43}$/

export function newSessionId(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url')
}

/** Lower-case hex SHA-256 of the id's ASCII, or null where `sessionId` has not the form of one. */
export function sessionKeyOf(sessionId: string): string | null {
  return SESSION_ID.test(sessionId) ? createHash('sha256').update(sessionId).digest('hex') : null
}
