import { instant } from '@perf-aggregator/attestation'
import type { Performance } from '@perf-aggregator/performance'
import type { CertificateClaims } from '@perf-aggregator/protocol'
import type { CheckList } from './check.ts'

/** Seconds by which the issuer's clock may run ahead of the reader's. */
const CLOCK_SKEW = 300
const SECONDS_OF_DAY = 86_400

/**
 * Decides `period`: real days in order (`period_malformed`), the days the figures are of and as many as they say
 * (`period_mismatch`), begun when the certificate was signed (`period_not_begun`), and signed before `now` (`issued_in_future`).
 */
export function checkPeriod(list: CheckList, claims: CertificateClaims<Performance>, now: number): void {
  const { from, to } = claims.period
  const figures = claims.performance.period
  const first = startOfDay(from)
  const last = startOfDay(to)
  const found = `${from} to ${to}`
  if (first === null || last === null || first > last) {
    list.fail('period', 'period_malformed', 'two days in order', found)
  } else if (figures.from !== from || figures.to !== to || figures.days !== (last - first) / SECONDS_OF_DAY + 1) {
    list.fail('period', 'period_mismatch', found, 'figures of other days')
  } else if (last > claims.iat) {
    list.fail('period', 'period_not_begun', `days begun by ${instant(claims.iat)}`, found)
  } else {
    const signed = `${found}, signed ${instant(claims.iat)}`
    list.decide('period', claims.iat <= now + CLOCK_SKEW, 'issued_in_future', `signed by ${instant(now)}`, signed)
  }
}

/** Seconds since 1970 at 00:00 UTC, or null for a day the calendar does not have. */
function startOfDay(day: string): number | null {
  const milliseconds = Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(day)) return null
  return milliseconds / 1000
}
