/** The moment evidence is judged at: chosen by whoever verifies, and always shown. */
import { documentTime, type Evidence } from '@perf-aggregator/attestation'
import { UsageError } from '../settings/usage-error.ts'

/** Seconds since 1970; `document`: when the evidence says it was made. */
export type Moment = number | 'document'

const DOCUMENT = 'document'
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/

/** `--at`: RFC 3339 with its zone, seconds since 1970, or `document`; left out, the present. `UsageError`. */
export function momentOf(at: string | undefined, present: number): Moment {
  if (at === undefined) return present
  if (at === DOCUMENT) return DOCUMENT
  const seconds = /^\d{1,11}$/.test(at) ? Number(at) : INSTANT.test(at) ? Date.parse(at) / 1000 : Number.NaN
  if (!Number.isFinite(seconds)) {
    throw new UsageError('--at takes an instant such as 2026-01-31T12:00:00Z, seconds since 1970, or "document"')
  }
  return seconds
}

/** `UsageError` for evidence that carries no time. */
export function secondsOf(moment: Moment, evidence: Evidence, file: string): number {
  if (moment !== DOCUMENT) return moment
  const time = documentTime(evidence)
  if (time === null) throw new UsageError(`${file} carries no time of its own: give --at an instant`)
  return time
}
