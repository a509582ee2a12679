/** From an event's decimal strings to exact numbers, once, with every amount checked. */
import { checkInstant } from '../day.ts'
import { multiply, negate } from '../decimal/arithmetic.ts'
import { parseDecimal, type Scaled } from '../decimal/parse.ts'
import { PerformanceError } from '../errors.ts'
import type { Decimal, Fee, Fill, Flow, Micros } from '../events.ts'

export interface ReadFee {
  readonly asset: string
  /** Above zero: paid. Below zero: rebate. */
  readonly amount: Scaled
}

/** A fill ready to book. */
export interface ReadFill {
  readonly account: string
  readonly venue: string
  readonly market: string
  readonly base: string
  readonly quote: string
  readonly at: Micros
  /** Base in, quote out: a buy, or the reversal of a sale. */
  readonly buy: boolean
  readonly reversal: boolean
  readonly quantity: Scaled
  /** What the venue said was exchanged, or quantity × price exactly where it did not say. */
  readonly quoteAmount: Scaled
  readonly fees: readonly ReadFee[]
}

export interface ReadFlow {
  readonly amount: Scaled
  readonly fee: ReadFee | null
}

/** @throws PerformanceError `decimal_malformed`, `decimal_too_long`, `amount_not_positive`, `instant_invalid` */
export function readFill(fill: Fill): ReadFill {
  checkInstant(fill.at)
  const { account, venue, market, base, quote, at, quoteQuantity } = fill
  const quantity = positive(fill.quantity)
  const quoteAmount =
    quoteQuantity === undefined ? multiply(quantity, positive(fill.price)) : notNegative(quoteQuantity)
  const reversal = fill.execution === 'reversal'
  const buy = (fill.side === 'buy') !== reversal
  const fees = reversal ? fill.fees.map(readRefund) : fill.fees.map(readFee)
  return { account, venue, market, base, quote, at, buy, reversal, quantity, quoteAmount, fees }
}

/** @throws as `readFill` */
export function readFlow(flow: Flow): ReadFlow {
  checkInstant(flow.at)
  return { amount: positive(flow.amount), fee: flow.fee === undefined ? null : readFee(flow.fee) }
}

function readFee({ asset, amount }: Fee): ReadFee {
  return { asset, amount: parseDecimal(amount) }
}

function readRefund({ asset, amount }: Fee): ReadFee {
  return { asset, amount: negate(parseDecimal(amount)) }
}

function positive(text: Decimal): Scaled {
  const value = parseDecimal(text)
  if (value.coefficient <= 0n) throw new PerformanceError('amount_not_positive', 'an amount must be above zero')
  return value
}

/** A venue rounds the quote side of a dust fill to zero. */
function notNegative(text: Decimal): Scaled {
  const value = parseDecimal(text)
  if (value.coefficient < 0n) throw new PerformanceError('amount_not_positive', 'an amount must not be below zero')
  return value
}
