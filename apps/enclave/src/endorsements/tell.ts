/** What the operator reads in the log about endorsements: codes, our own names of kinds, and an end. */
import type { Logger } from '../observability/logger.ts'
import type { CollectedEvents } from './collected.ts'
import type { EndorsementReport, EndorsementState } from './watch.ts'

const EVENTS: Readonly<Record<EndorsementState, string>> = {
  complete: 'endorsements_complete',
  incomplete: 'endorsements_missing',
  ended: 'endorsements_ended',
  ending: 'endorsements_ending',
}

export function tellEndorsements(logger: Logger): CollectedEvents & {
  readonly tell: (report: EndorsementReport) => void
  readonly failed: (error: unknown) => void
} {
  const part = 'endorsements'
  return {
    // The host chose the name: one that is no plain word stays out of the line.
    refused: (code, file) =>
      logger.warn('endorsement_refused', { part, code, ...(file !== null && isPlain(file) ? { file } : {}) }),
    changed: (files) => logger.info('endorsements_read', { part, count: files }),
    tell: ({ state, missing, notAfter }) => {
      const until = notAfter === null ? {} : { until: new Date(notAfter * 1000).toISOString() }
      const kinds = missing.length === 0 ? {} : { kinds: missing.join(', ') }
      logger[state === 'complete' ? 'info' : 'warn'](EVENTS[state], { part, ...kinds, ...until })
    },
    failed: (error) => logger.error('endorsements_failed', { part }, error),
  }
}

function isPlain(name: string): boolean {
  return /^[\w.-]{1,64}$/.test(name)
}
