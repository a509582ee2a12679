/** What the session verbs work with. `wiring/sessions.ts` puts it together. */
import type { KeyObject } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Clock } from '../ports/clock.ts'
import type { Collector } from '../ports/collector.ts'
import type { Random } from '../ports/random.ts'
import type { Database } from '../store/tables.ts'
import type { NonceClaims } from './nonce-claims.ts'
import type { SessionVault } from './session-vault.ts'

export interface SessionParts {
  readonly db: Kysely<Database>
  readonly vault: SessionVault
  /** Holds sessions under their key, never their id. */
  readonly collector: Collector
  readonly clock: Clock
  readonly random: Random
  readonly nonces: NonceClaims
  /** The `pseudonyms` branch of the master key. */
  readonly pseudonyms: KeyObject
  /** Of the keys submissions are sealed to now. */
  readonly keyEpoch: () => number
  /** `MAX_TTL_SECONDS`; whatever it is, the database refuses more than a year. */
  readonly maxTtlSeconds: number
  /** Keys of sessions whose submission failed while it may already have been stored; the next clean-up ends them. */
  readonly abandoned: Set<string>
}

export const TTL_FLOOR_SECONDS = 60
