/**
 * One return per UTC day. Flows into the account count from the start of their day, flows out until its end, so
 * r = (NAV + out) / (NAV before + in) − 1: the rule that never lets a deposit earn what it was not there for.
 */
import type { DayNumber } from '../day.ts'
import { divideHalfEven, MONEY_SCALE, ONE, powerOfTen } from '../decimal/arithmetic.ts'
import type { ValuedDay } from '../nav/daily.ts'
import type { DayFlag } from '../result.ts'

export const FLOW_TIMING =
  'flows in count from the start of their UTC day, flows out until its end: r = (NAV + out) / (NAV before + in) - 1'

/** A flow of at least a hundredth of the value before it, and ten units, moves the day's return by its timing. */
const LARGE_SHARE = 100n
const LARGE_UNITS = 10n * powerOfTen(MONEY_SCALE)

export interface DayReturn {
  readonly day: DayNumber
  /** Growth factor `grown / base`; null on a day without a value. */
  readonly growth: { readonly grown: bigint; readonly base: bigint } | null
  /** r at money scale; null where the day has none of its own. */
  readonly rate: bigint | null
  readonly reason: 'unpriced' | 'no_capital' | null
  /** Of the first day with capital, which is rarely a whole one, and of nothing before it. */
  readonly counts: boolean
  readonly flags: ReadonlySet<DayFlag>
}

/**
 * @param capitalFloor money scale. A day that starts with less earns nothing: a tiny base would make any gain huge
 */
export function dailyReturns(days: readonly ValuedDay[], capitalFloor: bigint): readonly DayReturn[] {
  const returns: DayReturn[] = []
  let before = 0n
  let inflow = 0n
  let outflow = 0n
  let funded = false
  for (const day of days) {
    inflow += day.inflow + day.opening
    outflow += day.outflow
    const flags = new Set(day.flags)
    if (isLarge(day.inflow, before) || isLarge(day.outflow, before)) flags.add('large_flow')
    if (day.nav === null) {
      // The next day with a value earns the return of all days since the last one.
      returns.push({ day: day.day, growth: null, rate: null, reason: 'unpriced', counts: false, flags })
      continue
    }
    const base = before + inflow
    const grown = day.nav + outflow
    if (base <= 0n || base < capitalFloor) {
      flags.add('no_capital')
      returns.push({ day: day.day, growth: null, rate: null, reason: 'no_capital', counts: funded, flags })
    } else {
      if (grown <= 0n) flags.add('wiped')
      const rate = divideHalfEven((grown - base) * ONE, base)
      returns.push({ day: day.day, growth: { grown, base }, rate, reason: null, counts: funded, flags })
      funded = true
    }
    before = day.nav
    inflow = 0n
    outflow = 0n
  }
  return returns
}

function isLarge(flow: bigint, before: bigint): boolean {
  return before > 0n && flow >= LARGE_UNITS && flow * LARGE_SHARE >= before
}
