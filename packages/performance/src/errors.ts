/** Errors of this package: input that no venue connector may hand over. One code per check. */

export type PerformanceErrorCode =
  /** Not `-?digits[.digits]`. */
  | 'decimal_malformed'
  /** More digits than any venue writes. */
  | 'decimal_too_long'
  /** A quantity, price or amount that must be above zero is not. */
  | 'amount_not_positive'
  /** An instant that is not a safe integer of microseconds. */
  | 'instant_invalid'
  /** Not `YYYY-MM-DD`, or no such day. */
  | 'day_invalid'
  /** Pegs that form a circle, or name an asset twice. */
  | 'pegs_invalid'
  /** Two histories of one account, or an event under another account's history. */
  | 'account_mismatch'
  /** An event was booked before one that precedes it. */
  | 'out_of_order'
  /** The replayed balance differs from the open lots: a defect of this package, never of the input. */
  | 'ledger_inconsistent'

/** The message never repeats the input. */
export class PerformanceError extends Error {
  override readonly name = 'PerformanceError'
  readonly code: PerformanceErrorCode

  constructor(code: PerformanceErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
