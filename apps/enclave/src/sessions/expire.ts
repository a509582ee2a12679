/** Ends sessions whose time is over: at start, and every hour. Between two runs `authorise` refuses them already. */
import { sql } from 'kysely'
import type { SessionParts } from './parts.ts'
import { endSession, forget } from './revoke.ts'

const HOUR = 3_600_000
const REQUEST_ID = 'clean-up'

type Parts = Pick<SessionParts, 'db' | 'clock' | 'collector' | 'abandoned'>

export interface Expired {
  readonly sessions: number
  readonly credentials: number
  readonly events: number
}

/** One clean-up. Certificates stay: they speak of the past, and remain true. */
export async function expireSessions(parts: Parts): Promise<Expired> {
  await endAbandoned(parts)
  const { rows } = await sql<{ session_keys: string[]; credentials: number; events: number }>`
    select session_keys, credentials, events from purge_expired(${new Date(parts.clock.now())}, ${REQUEST_ID})`.execute(
    parts.db,
  )
  const { session_keys: keys, credentials, events } = rows[0] ?? { session_keys: [], credentials: 0, events: 0 }
  for (const key of keys) await forget(parts.collector, key)
  return { sessions: keys.length, credentials, events }
}

/** Ends what failed submissions may have left behind; whatever the database does not take now is tried again. */
export async function endAbandoned(parts: Parts): Promise<void> {
  for (const key of parts.abandoned) {
    await endSession(parts.db, key, 'revoked', parts.clock.now(), REQUEST_ID)
    parts.abandoned.delete(key)
  }
}

/** Runs the clean-up now and every hour until `stop`; a run that fails is reported and the next one comes all the same. */
export function startExpiry(
  parts: Parts,
  report: { readonly done: (expired: Expired) => void; readonly failed: (error: unknown) => void },
): { stop(): void } {
  const run = (): void => {
    expireSessions(parts).then(report.done, report.failed)
  }
  run()
  const timer = setInterval(run, HOUR)
  return {
    stop: () => {
      clearInterval(timer)
    },
  }
}
