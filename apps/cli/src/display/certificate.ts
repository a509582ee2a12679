/** A verified certificate for people. */

import { instant } from '@perf-aggregator/attestation'
import type { CertificateExplanation } from '@perf-aggregator/client'
import { whole } from './figures.ts'
import { performanceLines } from './performance.ts'
import { pairs } from './table.ts'
import { faint, good, strong, warn } from './terminal.ts'

export function certificateLines({ certificate }: CertificateExplanation, room: number): string[] {
  if (certificate === null) return []
  const { claims, id, simulated, evidenceType, evidenceAt, log } = certificate
  return [
    `${good('VERIFIED')} ${strong('performance certificate')} ${faint(id)}`,
    ...(simulated ? [warn('SIMULATOR: no hardware stands behind it.')] : []),
    '',
    ...pairs(
      [
        ['subject', `${claims.sub} (certificate ${claims.seq} of this subject)`],
        ['issued', new Date(claims.iat * 1000).toISOString()],
        ['evidence', `${evidenceType}, judged as of ${instant(evidenceAt)}, release ${claims.measurement}`],
        ['log', `${claims.log.origin}, entry ${log.index} of ${log.size}`],
        ...claims.accounts.map(
          ({ venue, collection }) =>
            [
              'account',
              `${venue}: ${whole(collection.fills)} fills, ${whole(collection.flows)} flows, ${whole(collection.conflicts)} conflicting, ${whole(collection.gaps.length)} gaps`,
            ] as const,
        ),
      ],
      room,
    ),
    '',
    ...performanceLines(claims.performance, room),
  ]
}
