/**
 * A session ends on whichever replica was asked; the one that collects it may be another, and its collector holds the
 * secret. Every replica therefore looks every few seconds which sessions ended, and makes its own collector forget them.
 */
import type { SessionParts } from './parts.ts'
import { forget } from './revoke.ts'

/** Milliseconds between two looks: what a revocation takes, at most, to reach every replica. */
const INTERVAL = 5_000
/** How far the clocks of replicas, and the commits of one, may lag behind each other. */
const OVERLAP = 300_000

type Parts = Pick<SessionParts, 'db' | 'clock' | 'collector'>

/** Owner of which ends this replica has acted upon. */
export class EndedSessions {
  readonly #parts: Parts
  readonly #ended: (sessionKey: string) => void
  #since: number
  #acted = new Set<string>()

  /** @param ended told of every session that ended, so that this replica forgets what else it knows of it. */
  constructor(parts: Parts, ended: (sessionKey: string) => void = () => {}) {
    this.#parts = parts
    this.#ended = ended
    this.#since = parts.clock.now()
  }

  /** Makes the collector forget what ended since the last look, and returns how many that were. */
  async forget(): Promise<number> {
    const { db, clock, collector } = this.#parts
    const now = clock.now()
    const rows = await db
      .selectFrom('sessions')
      .select('key')
      .where('ended_at', '>=', new Date(this.#since - OVERLAP))
      .execute()
    const fresh = rows.filter(({ key }) => !this.#acted.has(key))
    for (const { key } of fresh) {
      this.#ended(key)
      await forget(collector, key)
    }
    // Replaced whole, so that it holds no more than one overlap's worth; only now, so that a failed look is repeated.
    this.#acted = new Set(rows.map(({ key }) => key))
    this.#since = now
    return fresh.length
  }
}

/** Looks every few seconds until `stop`; a look that fails is reported, and made up for by the next. */
export function startForgetting(ended: EndedSessions, failed: (error: unknown) => void): { stop(): void } {
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    ended
      .forget()
      .catch(failed)
      .finally(() => {
        looking = false
      })
  }, INTERVAL)
  return {
    stop: () => {
      clearInterval(timer)
    },
  }
}
