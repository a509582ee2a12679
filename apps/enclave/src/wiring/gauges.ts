/** Where the figures come from that are read at every scrape. */
import { parseNote, parseTreeHead } from '@perf-aggregator/protocol'
import type { Kysely } from 'kysely'
import type { EventVault } from '../collection/event-vault.ts'
import { countByStatus } from '../collection/read.ts'
import type { EndorsementWatch } from '../endorsements/watch.ts'
import type { LogService } from '../http/services.ts'
import { countActive } from '../sessions/count-active.ts'
import type { Database } from '../store/tables.ts'
import type { Tools } from './tools.ts'

interface Watched {
  readonly db: Kysely<Database>
  readonly eventVault: EventVault
  readonly log: Pick<LogService, 'checkpoint'>
  readonly watch: EndorsementWatch | null
}

export function feedGauges({ db, eventVault, log, watch }: Watched, { clock, metrics }: Tools): void {
  metrics.sources({
    activeSessions: async () => await countActive(db),
    sessionsByState: async () => await countByStatus(db, eventVault),
    logSize: async () => parseTreeHead(parseNote(await log.checkpoint()).text).size,
    endorsements: () => {
      const report = watch?.report()
      if (!report) return null
      const { missing, notAfter } = report
      return { missing, secondsLeft: notAfter === null ? null : notAfter - Math.floor(clock.now() / 1000) }
    },
  })
}
