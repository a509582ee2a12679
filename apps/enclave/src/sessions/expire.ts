/** Ends sessions whose time is over: at start, and every hour. Between two runs `authorise` refuses them already. */
import { sql } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { SessionParts } from './parts.ts'
import { endSession, forget } from './revoke.ts'
import type { SessionVault } from './session-vault.ts'

const HOUR = 3_600_000
const REQUEST_ID = 'clean-up'

type Parts = Pick<SessionParts, 'db' | 'vault' | 'clock' | 'collector' | 'abandoned'>

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
  const prolonged = await endProlonged(parts)
  return {
    sessions: keys.length + prolonged.sessions,
    credentials: credentials + prolonged.credentials,
    events: events + prolonged.events,
  }
}

/** `purge_expired` goes by the column `expires_at`, which the host can set; what the trader agreed to is the sealed end. */
async function endProlonged({ db, vault, clock, collector }: Parts): Promise<Expired> {
  const total = { sessions: 0, credentials: 0, events: 0 }
  const rows = await db.selectFrom('sessions').select(['key', 'sealed']).where('status', '=', 'active').execute()
  const now = clock.now()
  for (const { key, sealed } of rows) {
    const end = sealed === null ? null : sealedEnd(vault, { key, sealed })
    if (end !== null && end > now) continue
    // One whose facts do not open stays in the database, altered as it is; nobody can use it, and nobody holds its secret.
    if (end !== null) {
      const { credentials, events } = await endSession(db, key, 'expired', now, REQUEST_ID)
      total.sessions += 1
      total.credentials += credentials
      total.events += events
    }
    await forget(collector, key)
  }
  return total
}

function sealedEnd(vault: SessionVault, row: { readonly key: string; readonly sealed: Uint8Array }): number | null {
  try {
    return vault.open(row).expiresAt
  } catch (error) {
    if (error instanceof EnclaveError && error.code === 'storage_altered') return null
    throw error
  }
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
