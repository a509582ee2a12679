import { invalidAnswer } from './fields.ts'

export const DAY_MS = 86_400_000
/** The last instant a `Date` knows, milliseconds. */
const LAST_INSTANT = 8_640_000_000_000_000

/** Start of the day `YYYY-MM-DD`, milliseconds since 1970. */
export function dayStart(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

/** Spans of at most `days` days that cover `fromDay`..`toDay`: start of the first day, start of the last day. */
export function* daySpans(fromDay: string, toDay: string, days: number): Generator<{ first: number; last: number }> {
  const end = dayStart(toDay)
  for (let first = dayStart(fromDay); first <= end; first += days * DAY_MS) {
    yield { first, last: Math.min(end, first + (days - 1) * DAY_MS) }
  }
}

/** The UTC day of an instant a venue gave, `YYYY-MM-DD`. */
export function dayOf(milliseconds: number): string {
  if (milliseconds < 0 || milliseconds > LAST_INSTANT) throw invalidAnswer('candle time')
  return new Date(milliseconds).toISOString().slice(0, 10)
}
