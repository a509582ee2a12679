/** Books what enters or leaves an account other than by a fill. */
import { type DayNumber, dayOf } from '../day.ts'
import { negate } from '../decimal/arithmetic.ts'
import type { Scaled } from '../decimal/parse.ts'
import type { Flow, Micros } from '../events.ts'
import { isExternal } from '../fills/external.ts'
import { type ReadFee, readFlow } from '../fills/read.ts'
import type { Position } from './position.ts'
import type { BookState } from './state.ts'
import { acquire, withdraw } from './turnover.ts'

/** @throws PerformanceError as `readFlow` */
export function bookFlow(state: BookState, flow: Flow): void {
  const { amount, fee } = readFlow(flow)
  const day = dayOf(flow.at)
  const position = state.position(flow.account, flow.asset)
  const external = isExternal(flow)
  if (flow.direction === 'in') {
    const value = bring(state, position, amount, flow.at, day, external ? 'deposit' : 'income')
    if (!external) state.otherIncome += value
  } else {
    const { value, cost } = carry(state, position, amount, flow.at, day)
    if (external) state.withdrawnGain += value - cost
    else state.otherIncome -= cost
  }
  if (fee !== null) payFlowFee(state, flow, fee, day)
}

/** What an account held before its history began: lots at the price of that day. */
export function bookOpening(state: BookState, account: string, asset: string, amount: Scaled, at: Micros): void {
  if (amount.coefficient > 0n) bring(state, state.position(account, asset), amount, at, dayOf(at), 'opening')
}

/** Opens a lot at its worth. */
function bring(
  state: BookState,
  position: Position,
  amount: Scaled,
  at: Micros,
  day: DayNumber,
  origin: 'deposit' | 'income' | 'opening',
): bigint {
  const value = state.worthOfFlow(position, amount, day)
  if (position.isCash) return value
  position.fit(amount)
  acquire(position, position.units(amount), value, at, origin, -1)
  return value
}

/** Takes the oldest lots off: their worth, and what they cost. */
function carry(
  state: BookState,
  position: Position,
  amount: Scaled,
  at: Micros,
  day: DayNumber,
): { readonly value: bigint; readonly cost: bigint } {
  const value = state.worthOfFlow(position, amount, day)
  if (position.isCash) return { value, cost: value }
  position.fit(amount)
  return { value, cost: withdraw(state, position, position.units(amount), value, at) }
}

/** An expense of the account, at the cost of the lots it takes. */
function payFlowFee(state: BookState, flow: Flow, { asset, amount }: ReadFee, day: DayNumber): void {
  if (amount.coefficient === 0n) return
  const position = state.position(flow.account, asset)
  if (state.worth(position, amount, day) === null) state.unpricedFlowFees++
  if (amount.coefficient < 0n) state.otherIncome += bring(state, position, negate(amount), flow.at, day, 'income')
  else state.otherIncome -= carry(state, position, amount, flow.at, day).cost
}
