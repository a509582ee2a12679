/** Exact ledger and metrics: events in, figures out. Imports nothing. */

export { addDecimals, canonicalDecimal, compareDecimals, multiplyDecimals, subtractDecimals } from './decimal/text.ts'
export { PerformanceError, type PerformanceErrorCode } from './errors.ts'
export type * from './events.ts'
export { figureOf, isDefined, undefinedBecause } from './figure.ts'
export { compareEvents } from './fills/order.ts'
export type * from './input.ts'
export { type Checkpoint, FifoBook, type OpenPosition } from './lots/fifo-book.ts'
export { type Delivery, LiveBook } from './lots/live-book.ts'
export type { Lot, LotOrigin, Match, Shortfall } from './lots/lot.ts'
export type { DayPrices } from './lots/state.ts'
export { measure } from './measure.ts'
export type * from './result.ts'
