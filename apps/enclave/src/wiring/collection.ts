/** Collection: looks at the accounts of live sessions, and says how that goes. */
import { randomUUID } from 'node:crypto'
import type { EventVault } from '../collection/event-vault.ts'
import { Poller } from '../collection/poller.ts'
import type { Pace } from '../collection/schedule.ts'
import { attachStored } from '../sessions/attach.ts'
import { liveSession } from '../sessions/live-session.ts'
import type { SessionParts } from '../sessions/parts.ts'
import type { Tools } from './tools.ts'

/** Not started. */
export function pollerOf(
  sessionParts: SessionParts,
  vault: EventVault,
  pace: Pace,
  { clock, logger, metrics }: Tools,
): Poller {
  return new Poller({
    db: sessionParts.db,
    vault,
    collector: sessionParts.collector,
    session: async (key) => await liveSession(sessionParts, key),
    attach: async (session) => await attachStored(sessionParts, session),
    clock,
    pace,
    owner: randomUUID(),
    events: {
      page: (venue, fills, flows) => {
        metrics.collectionPoll(venue, 'ok')
        metrics.collectedEvents(venue, fills, flows)
      },
      failed: (venue, code) => {
        metrics.collectionPoll(venue, 'error')
        logger.warn('collection_failed', { part: 'collection', venue, code })
      },
      fault: (error) => logger.error('collection_fault', { part: 'collection' }, error),
    },
  })
}
