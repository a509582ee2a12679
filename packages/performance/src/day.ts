/** UTC days of 86,400 s, counted from 1970-01-01. Every calendar day exists. */
import { PerformanceError } from './errors.ts'
import type { Micros } from './events.ts'

const MICROS_PER_DAY = 86_400_000_000
const MILLIS_PER_DAY = 86_400_000

export type DayNumber = number

export function dayOf(at: Micros): DayNumber {
  return Math.floor(at / MICROS_PER_DAY)
}

/** `YYYY-MM-DD` */
export function dayName(day: DayNumber): string {
  return new Date(day * MILLIS_PER_DAY).toISOString().slice(0, 10)
}

/** @throws PerformanceError `day_invalid` */
export function dayNumber(name: string): DayNumber {
  const millis = /^\d{4}-\d{2}-\d{2}$/.test(name) ? Date.parse(`${name}T00:00:00Z`) : Number.NaN
  const day = millis / MILLIS_PER_DAY
  // The 31st of February parses, as a day of March.
  if (Number.isNaN(day) || dayName(day) !== name) {
    throw new PerformanceError('day_invalid', 'a day is not of the form YYYY-MM-DD')
  }
  return day
}

/** Years 1970 to 2200: a range wide enough for trading and narrow enough to loop over day by day. */
const LATEST = 7_258_118_400_000_000

/** @throws PerformanceError `instant_invalid` */
export function checkInstant(at: Micros): void {
  if (!Number.isSafeInteger(at) || at < 0 || at > LATEST) {
    throw new PerformanceError('instant_invalid', 'an instant is not an integer of microseconds between 1970 and 2200')
  }
}
