/** What a measurement takes and gives. */
import type { AccountEvent, BalanceSnapshot, DailyClose, Micros } from './events.ts'
import type { DayValue, Performance } from './result.ts'

/** One venue account: its whole history, what it held before it, and what the venue says it holds now. */
export interface AccountHistory {
  readonly account: string
  readonly venue: string
  /** Any order; duplicates by identity are counted once. */
  readonly events: readonly AccountEvent[]
  /** Absent: the history starts with the account, so the opening balances are zero. */
  readonly opening?: BalanceSnapshot
  readonly closing: BalanceSnapshot
}

export interface MeasureInput {
  readonly accounts: readonly AccountHistory[]
  readonly closes: readonly DailyClose[]
  readonly reportingCurrency: string
  /** Assets valued one to one by declaration, named in the result's conventions. */
  readonly pegs?: readonly { readonly asset: string; readonly equals: string }[]
  /** Annual, as a decimal string; `"0"` by default. */
  readonly riskFreeRate?: string
  /** Reporting currency; `"1"` by default. A day that starts with less has no return of its own. */
  readonly capitalFloor?: string
  /** End of the period: the last day is the UTC day of this instant. */
  readonly until: Micros
}

export interface Measurement {
  readonly performance: Performance
  /** The daily values behind the figures, oldest first. */
  readonly days: readonly DayValue[]
}

/** Pure: the same input gives the same bytes. */
export type Measure = (input: MeasureInput) => Measurement
