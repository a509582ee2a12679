/**
 * So many requests per client and window, counted in the database so that all replicas share the count. One statement
 * per request; none while a client is known to be over its limit, so that a flood does not reach the database.
 *
 * Without the database this process counts alone, up to the same limit: requests that need no storage are still
 * answered, and nobody gets more than the limit times the number of replicas. It neither opens nor shuts the door.
 *
 * The address itself is not stored, only its HMAC.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { RateLimiter } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../store/tables.ts'

/** Clients remembered in memory; the longest known go first. A hundred bytes each. */
const REMEMBERED = 10_000

export interface RateLimitSettings {
  readonly db: Kysely<Database>
  readonly clock: Clock
  /** The `addresses` branch of the master key. */
  readonly branch: KeyObject
  readonly max: number
  readonly windowMilliseconds: number
}

interface Count {
  /** Milliseconds. */
  readonly startedAt: number
  readonly taken: number
}

export function createRateLimiter({ db, clock, branch, max, windowMilliseconds }: RateLimitSettings): RateLimiter {
  /** What this process last knew of a client. */
  const known = new Map<string, Count>()

  function remember(name: string, count: Count): void {
    known.delete(name)
    known.set(name, count)
    if (known.size <= REMEMBERED) return
    for (const oldest of known.keys()) {
      known.delete(oldest)
      return
    }
  }

  function current(name: string, now: number): Count | undefined {
    const count = known.get(name)
    return count !== undefined && now < count.startedAt + windowMilliseconds ? count : undefined
  }

  async function count(client: Buffer, name: string, now: number): Promise<Count> {
    const local = current(name, now)
    if (local !== undefined && local.taken > max) return local
    try {
      return await take(db, client, { now, max, windowMilliseconds })
    } catch (error) {
      if (!(error instanceof EnclaveError) || error.code !== 'storage_unavailable') throw error
      return { startedAt: local?.startedAt ?? now, taken: (local?.taken ?? 0) + 1 }
    }
  }

  return {
    async take(address) {
      const now = clock.now()
      const client = createHmac('sha256', branch).update(address).digest()
      const name = client.toString('base64')
      const counted = await count(client, name, now)
      remember(name, counted)
      return {
        allowed: counted.taken <= max,
        remaining: Math.max(0, max - counted.taken),
        resetSeconds: Math.max(1, Math.ceil((counted.startedAt + windowMilliseconds - now) / 1000)),
        limit: max,
      }
    },
  }
}

/** Counts one request: in the client's window, or in a new one where that is over. Stops counting one past the limit. */
async function take(
  db: Kysely<Database>,
  client: Uint8Array,
  { now, max, windowMilliseconds }: { now: number; max: number; windowMilliseconds: number },
): Promise<Count> {
  const startedBefore = new Date(now - windowMilliseconds)
  const { rows } = await sql<{ window_started_at: Date; taken: number }>`
    insert into rate_limits as r (client, window_started_at, taken) values (${client}, ${new Date(now)}, 1)
    on conflict (client) do update set
      window_started_at =
        case when r.window_started_at <= ${startedBefore} then excluded.window_started_at else r.window_started_at end,
      taken = case when r.window_started_at <= ${startedBefore} then 1 else least(r.taken + 1, ${max + 1}::integer) end
    returning window_started_at, taken`.execute(db)
  const row = rows[0]
  if (row === undefined) throw new EnclaveError('internal', 'a counted request was not counted')
  return { startedAt: row.window_started_at.getTime(), taken: row.taken }
}
