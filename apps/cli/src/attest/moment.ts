/** The moment evidence is judged at: chosen by whoever verifies, and always shown. */
import { documentTime, type Evidence } from '@perf-aggregator/attestation'
import { systemClock } from '@perf-aggregator/client'
import { UsageError } from '../settings/usage-error.ts'

/** Seconds since 1970; `document`: when the evidence says it was made. */
export type Moment = number | 'document'

const DOCUMENT = 'document'
const SECONDS = /^\d{1,11}(?:\.\d{1,9})?$/
/** ISO 8601, as far as clocks, logs and lists of archives write it. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?)? ?([Zz]|UTC|[+-]\d{2}:?\d{2})?$/

/**
 * `--at`: an instant in ISO 8601, in UTC where it names no zone (the verdict shows it with its own), seconds since 1970, or
 * `document`; left out, the present. `UsageError`.
 */
export function momentOf(at: string | undefined, present: number): Moment {
  if (at === undefined) return present
  if (at === DOCUMENT) return DOCUMENT
  const seconds = SECONDS.test(at) ? Math.floor(Number(at)) : instantOf(at)
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new UsageError('--at takes an instant such as 2026-01-31T12:00:00Z, seconds since 1970, or "document"')
  }
  return seconds
}

/** NaN for what is none, a day there is not included, which a `Date` would take for a later one. */
function instantOf(text: string): number {
  const [, day = '', minutes = '00:00', rest = ':00', zone = 'Z'] = INSTANT.exec(text) ?? []
  if (day === '' || new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day) return Number.NaN
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z'
  return Math.floor(Date.parse(`${day}T${minutes}${rest.slice(0, 3)}${offset}`) / 1000)
}

/** `UsageError` for evidence that carries no time. A document that cannot be read is malformed at any moment, so at the present one. */
export function secondsOf(moment: Moment, evidence: Evidence, file: string): number {
  if (moment !== DOCUMENT) return moment
  const time = documentTime(evidence)
  if (time === null && evidence.type === 'nitro') return Math.floor(systemClock.now() / 1000)
  if (time === null) throw new UsageError(`${file} carries no time of its own: give --at an instant`)
  return time
}
