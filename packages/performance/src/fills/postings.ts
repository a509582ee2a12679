/** What an event does to balances: the one place that knows, for the daily values and for the reconciliation. */
import { negate } from '../decimal/arithmetic.ts'
import type { Scaled } from '../decimal/parse.ts'
import type { AccountEvent } from '../events.ts'
import { readFill, readFlow } from './read.ts'

export interface Posting {
  readonly asset: string
  /** Above zero raises the balance. */
  readonly amount: Scaled
  readonly part: 'fills' | 'fees' | 'flows'
}

/** @throws PerformanceError as `readFill` */
export function postingsOf(event: AccountEvent): readonly Posting[] {
  if (event.kind === 'fill') {
    const { base, quote, buy, quantity, quoteAmount, fees } = readFill(event)
    return [
      { asset: base, amount: buy ? quantity : negate(quantity), part: 'fills' },
      { asset: quote, amount: buy ? negate(quoteAmount) : quoteAmount, part: 'fills' },
      ...fees.map(({ asset, amount }): Posting => ({ asset, amount: negate(amount), part: 'fees' })),
    ]
  }
  const { amount, fee } = readFlow(event)
  const moved: Posting = {
    asset: event.asset,
    amount: event.direction === 'in' ? amount : negate(amount),
    part: 'flows',
  }
  return fee === null ? [moved] : [moved, { asset: fee.asset, amount: negate(fee.amount), part: 'fees' }]
}
