/**
 * Books one fill: an exchange of two assets valued once, in the reporting currency, so that no value appears between
 * its legs. Fees join the base leg: a buyer's cost, a seller's proceeds.
 */
import { dayOf } from '../day.ts'
import { atMoneyScale, prorate } from '../decimal/arithmetic.ts'
import type { ReadFee, ReadFill } from '../fills/read.ts'
import type { MarketSlot } from './position.ts'
import type { BookState } from './state.ts'
import { acquire, dispose } from './turnover.ts'

export function bookFill(state: BookState, fill: ReadFill): void {
  const slot = state.slot(fill)
  const { base, quote, tally, index } = slot
  const { at, buy, fees } = fill
  fit(slot, fill)
  const quantity = base.units(fill.quantity)
  const value = valueOf(state, slot, fill)
  tally.fills++

  /** Units of the base leg after base fees, and its cost or proceeds after the others. */
  let net = quantity
  let amount = value
  /** The same of the quote leg, which knows only its own fees. */
  let quoteFee = 0n
  let quoteFeeValue = 0n
  for (const fee of fees) {
    if (fee.amount.coefficient === 0n) continue
    let feeValue: bigint
    if (fee.asset === base.asset) {
      const units = base.units(fee.amount)
      feeValue = prorate(value, units, quantity)
      net = buy ? net - units : net + units
    } else {
      if (fee.asset !== quote.asset) feeValue = payFee(state, slot, fee, fill)
      else {
        feeValue = quote.isCash ? atMoneyScale(fee.amount) : quoteFeeWorth(state, slot, fee, fill, value)
        if (!quote.isCash) quoteFee += quote.units(fee.amount)
        quoteFeeValue += feeValue
      }
      amount = buy ? amount + feeValue : amount - feeValue
    }
    tally.fees += feeValue
  }

  if (!quote.isCash) {
    const units = quote.units(fill.quoteAmount)
    if (buy) give(state, slot, 'quote', units + quoteFee, value + quoteFeeValue, fill)
    else receive(state, slot, 'quote', units - quoteFee, value - quoteFeeValue, fill)
  }
  if (base.isCash) {
    const cash = atMoneyScale({ coefficient: net, scale: base.scale })
    tally.realised += buy ? cash - amount : amount - cash
  } else if (!buy) give(state, slot, 'base', net, amount, fill)
  else if (net > 0n) acquire(base, net, amount, at, 'trade', index)
  else receive(state, slot, 'base', net, amount, fill)
}

/** The value of what was exchanged, before fees: that of the leg which is cash, else of the quote, else of the base. */
function valueOf(state: BookState, { base, quote, tally }: MarketSlot, fill: ReadFill): bigint {
  let value: bigint | null
  if (quote.isCash) value = atMoneyScale(fill.quoteAmount)
  else if (base.isCash) value = atMoneyScale(fill.quantity)
  else {
    const day = dayOf(fill.at)
    value = state.worth(quote, fill.quoteAmount, day) ?? state.worth(base, fill.quantity, day)
    if (value === null) {
      // No price on either side: what was received takes over the cost of what was given, and nobody gains.
      tally.unpricedFills++
      return fill.buy ? quote.costOf(quote.units(fill.quoteAmount)) : base.costOf(base.units(fill.quantity))
    }
  }
  tally.volume += fill.reversal ? -value : value
  return value
}

function quoteFeeWorth(state: BookState, slot: MarketSlot, fee: ReadFee, fill: ReadFill, value: bigint): bigint {
  const { quote } = slot
  const total = quote.units(fill.quoteAmount)
  const units = quote.units(fee.amount)
  if (total > 0n) return prorate(value, units, total)
  return state.worth(quote, fee.amount, dayOf(fill.at)) ?? quote.costOf(units)
}

/** A fee in a third asset is worth its price, and closes lots of that asset at that price. Returns its value. */
function payFee(state: BookState, slot: MarketSlot, fee: ReadFee, fill: ReadFill): bigint {
  const position = state.position(fill.account, fee.asset)
  position.fit(fee.amount)
  const units = position.units(fee.amount)
  let value = state.worth(position, fee.amount, dayOf(fill.at))
  if (value === null) {
    slot.tally.unpricedFees++
    value = position.costOf(units)
  }
  if (position.isCash) return value
  if (units > 0n) dispose(state, position, units, value, fill.at, slot, 'fee')
  else acquire(position, -units, -value, fill.at, 'income', -1)
  return value
}

/** Gives `units` away for `proceeds`. A rebate larger than the leg turns it round. */
function give(
  state: BookState,
  slot: MarketSlot,
  leg: 'base' | 'quote',
  units: bigint,
  proceeds: bigint,
  fill: ReadFill,
): void {
  if (units > 0n) dispose(state, slot[leg], units, proceeds, fill.at, slot, fill.reversal ? 'reversal' : 'trade')
  else if (units < 0n) acquire(slot[leg], -units, -proceeds, fill.at, 'trade', slot.index)
  else slot.tally.realised += proceeds
}

/** Receives `units` for `cost`. A fee larger than the leg turns it round. */
function receive(
  state: BookState,
  slot: MarketSlot,
  leg: 'base' | 'quote',
  units: bigint,
  cost: bigint,
  fill: ReadFill,
): void {
  if (units > 0n) acquire(slot[leg], units, cost, fill.at, 'trade', slot.index)
  else if (units < 0n) dispose(state, slot[leg], -units, -cost, fill.at, slot, fill.reversal ? 'reversal' : 'trade')
  else slot.tally.realised -= cost
}

function fit({ base, quote }: MarketSlot, fill: ReadFill): void {
  base.fit(fill.quantity)
  if (!quote.isCash) quote.fit(fill.quoteAmount)
  for (const { asset, amount } of fill.fees) {
    if (asset === base.asset) base.fit(amount)
    else if (asset === quote.asset) quote.fit(amount)
  }
}
