/**
 * Money-weighted return: the one rate at which all flows and the final value balance. Actual/365, by bisection: a
 * root is found only where the sign changes, and counts only when there is no other.
 */
import { exponential, logarithm, power } from '../statistics/elementary.ts'

/** Reporting currency into the account above zero, out below; `time` in whole days, ascending. */
export interface DatedAmount {
  readonly time: number
  readonly amount: number
}

export type MoneyWeighted =
  | { readonly rate: number; readonly annual: boolean }
  | { readonly rate: null; readonly reason: 'no_capital' | 'no_unique_root' }

const DAYS_PER_YEAR = 365
/** Shorter periods are not annualised: the period's own rate is given. */
const SHORTEST_ANNUAL = 30
/** The rate lies above −0.999999999 and at most at a million. */
const LEAST_GROWTH = 1e-9
const GREATEST_GROWTH = 1e6 + 1
const GRID = 512
const BISECTIONS = 200

/** `flows` into and out of the account, and what it is worth after `days` days. */
export function moneyWeightedReturn(flows: readonly DatedAmount[], finalValue: number, days: number): MoneyWeighted {
  const amounts = new Float64Array(days + 1)
  for (const { time, amount } of flows) amounts[time] = (amounts[time] ?? 0) + amount
  amounts[days] = (amounts[days] ?? 0) - finalValue
  if (!amounts.some((amount) => amount > 0)) return { rate: null, reason: 'no_capital' }

  const annual = days >= SHORTEST_ANNUAL
  const exponent = annual ? DAYS_PER_YEAR : days
  const [low, high] = onlyBracket(amounts, exponent)
  if (low === null) return { rate: null, reason: 'no_unique_root' }
  return { rate: power(bisect(amounts, low, high), exponent) - 1, annual }
}

/** Value at the end of everything paid in, less everything taken out, at a daily growth factor (Horner's rule). */
function balanceAt(amounts: Float64Array, growth: number): number {
  let balance = 0
  for (const amount of amounts) balance = balance * growth + amount
  return balance
}

/** The one interval of daily growth in which the balance changes its sign, on a grid even in logarithms. */
function onlyBracket(amounts: Float64Array, exponent: number): readonly [number, number] | readonly [null, null] {
  const first = logarithm(LEAST_GROWTH) / exponent
  const step = (logarithm(GREATEST_GROWTH) / exponent - first) / GRID
  let found: readonly [number, number] | readonly [null, null] = [null, null]
  let low = exponential(first)
  let lowSign = Math.sign(balanceAt(amounts, low))
  for (let index = 1; index <= GRID; index++) {
    const high = exponential(first + step * index)
    const highSign = Math.sign(balanceAt(amounts, high))
    if (highSign === 0) continue
    if (lowSign !== 0 && highSign !== lowSign) {
      if (found[0] !== null) return [null, null]
      found = [low, high]
    }
    low = high
    lowSign = highSign
  }
  return found
}

function bisect(amounts: Float64Array, from: number, to: number): number {
  let low = from
  let high = to
  const lowSign = Math.sign(balanceAt(amounts, low))
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) break
    if (Math.sign(balanceAt(amounts, middle)) === lowSign) low = middle
    else high = middle
  }
  return low + (high - low) / 2
}
