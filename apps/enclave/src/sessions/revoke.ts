/** Ends a session now: its credentials, its collected events and its certificates are gone when this resolves. */
import { type Kysely, sql } from 'kysely'
import { writeOpsLog } from '../audit/ops-log.ts'
import type { RequestContext, Session } from '../http/services.ts'
import type { Collector } from '../ports/collector.ts'
import type { Database } from '../store/tables.ts'
import type { SessionParts } from './parts.ts'

export interface Purged {
  readonly credentials: number
  /** Collected events, fills and flows alike: sealed, they cannot be told apart. */
  readonly events: number
  readonly certificates: number
}

/** One transaction in the database, then the collector's memory. What the log holds stays, as digests only. */
export async function revoke(
  parts: Pick<SessionParts, 'db' | 'clock' | 'collector'>,
  session: Session,
  context: RequestContext,
): Promise<Purged> {
  const now = parts.clock.now()
  const purged = await parts.db.transaction().execute(async (tx) => {
    const ended = await endSession(tx, session.key, 'revoked', now, context.requestId)
    const certificates = await withdrawCertificates(tx, session.key, now)
    await writeOpsLog(tx, {
      at: now,
      event: 'session_revoked',
      requestId: context.requestId,
      outcome: 'ok',
      sessionKey: session.key,
    })
    return { credentials: ended.credentials, events: ended.events, certificates }
  })
  await forget(parts.collector, session.key)
  return purged
}

/** Through the function `session_end`: the service itself may not touch `credentials`. */
export async function endSession(
  db: Kysely<Database>,
  sessionKey: string,
  status: 'revoked' | 'expired',
  now: number,
  requestId: string,
): Promise<{ readonly credentials: number; readonly events: number }> {
  const { rows } = await sql<{ credentials: number; events: number }>`
    select credentials, events from session_end(${sessionKey}, ${status}, ${new Date(now)}, ${requestId})`.execute(db)
  return rows[0] ?? { credentials: 0, events: 0 }
}

/** A certificate that rests on several sessions goes when the first of them is revoked. */
async function withdrawCertificates(db: Kysely<Database>, sessionKey: string, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('aggregates')
    .set({ certificate: null, draft: null, withdrawn_at: new Date(now) })
    .where('withdrawn_at', 'is', null)
    .where('id', 'in', (aggregate) =>
      aggregate.selectFrom('aggregate_sessions').select('aggregate_id').where('session_key', '=', sessionKey),
    )
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** The secret leaves memory with the session; a collector that cannot forget one is replaced by one that never knew it. */
export async function forget(collector: Collector, sessionKey: string): Promise<void> {
  try {
    await collector.detach(sessionKey)
  } catch {
    await collector.purge()
  }
}
