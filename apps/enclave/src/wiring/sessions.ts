/** Sessions, from submission to their end, and who has to hear of either. */
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { Poller } from '../collection/poller.ts'
import type { Configuration } from '../configuration.ts'
import type { SessionService } from '../http/services.ts'
import { startExpiry } from '../sessions/expire.ts'
import { EndedSessions, startForgetting } from '../sessions/forget-ended.ts'
import { NonceClaims } from '../sessions/nonce-claims.ts'
import type { SessionParts } from '../sessions/parts.ts'
import { SessionVault } from '../sessions/session-vault.ts'
import { createSessions } from '../sessions/sessions.ts'
import type { Foundation } from './foundation.ts'
import type { Tools } from './tools.ts'

export function sessionPartsOf(
  { maxTtlSeconds }: Pick<Configuration, 'maxTtlSeconds'>,
  { masterKey, store, collector }: Foundation,
  keyEpoch: () => number,
  { clock, random }: Tools,
): SessionParts {
  return {
    db: store.db,
    vault: new SessionVault(masterKey.branch('sessions'), random),
    collector,
    clock,
    random,
    nonces: new NonceClaims(),
    pseudonyms: masterKey.branch('pseudonyms'),
    keyEpoch,
    maxTtlSeconds,
    abandoned: new Set(),
  }
}

/** What was submitted is collected now, and of what was revoked nothing is kept in memory. */
export function serveSessions(parts: SessionParts, poller: Poller, aggregation: Aggregation): SessionService {
  const sessions = createSessions(parts)
  return {
    ...sessions,
    submit: async (submission, context) => {
      const submitted = await sessions.submit(submission, context)
      poller.wake()
      return submitted
    },
    revoke: async (session, context) => {
      const purged = await sessions.revoke(session, context)
      aggregation.forget(session.key)
      return purged
    },
  }
}

/** The two that end sessions nobody revoked here: their time is over, or another replica was asked. */
export function startEnding(
  parts: SessionParts,
  aggregation: Aggregation,
  { logger, metrics }: Tools,
): { readonly expiry: { stop(): void }; readonly forgetting: { stop(): void } } {
  const expiry = startExpiry(parts, {
    done: ({ sessions: ended }) => {
      metrics.ttlCleanup(ended)
      if (ended > 0) aggregation.forgetAll()
    },
    failed: (error) => logger.error('clean_up_failed', {}, error),
  })
  const ended = new EndedSessions(parts, (key) => aggregation.forget(key))
  const forgetting = startForgetting(ended, (error) => logger.error('forgetting_failed', {}, error))
  return { expiry, forgetting }
}
