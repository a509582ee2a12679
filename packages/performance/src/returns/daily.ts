/**
 * One return per UTC day. What the accounts were worth right before each external flow divides the day into parts, whose
 * growth is linked: nothing that moves in or out changes what was earned before or after it. Taken together over the
 * day, flows could thin any loss, since what leaves and comes back would count as capital each time.
 *
 * Where that value is not known, flows in count from the start of the day and flows out until its end.
 */
import type { DayNumber } from '../day.ts'
import { divideHalfEven, MONEY_SCALE, ONE, powerOfTen } from '../decimal/arithmetic.ts'
import type { ValuedDay, ValuedFlow } from '../nav/daily.ts'
import type { DayFlag } from '../result.ts'

export const FLOW_TIMING =
  'valued before each external flow at the price of its UTC day, the parts of the day linked; where that has no price, flows in count from the start of the day and flows out until its end: r = (NAV + out) / (NAV before + in) - 1'

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
  /** Since the last day with a value. */
  let inflow = 0n
  let outflow = 0n
  let isPending = false
  let funded = false
  for (const day of days) {
    inflow += day.inflow + day.opening
    outflow += day.outflow
    const flags = new Set(day.flags)
    if (isLarge(day.inflow, before) || isLarge(day.outflow, before)) flags.add('large_flow')
    if (day.nav === null) {
      // The next day with a value earns the return of all days since the last one.
      returns.push({ day: day.day, growth: null, rate: null, reason: 'unpriced', counts: false, flags })
      isPending = true
      continue
    }
    const growth =
      day.flows === null || isPending
        ? growthOver(before + inflow, day.nav + outflow, capitalFloor)
        : linkedGrowth(before + inflow - sumIn(day.flows), day.nav, day.flows, capitalFloor)
    if (growth === null) {
      flags.add('no_capital')
      returns.push({ day: day.day, growth: null, rate: null, reason: 'no_capital', counts: funded, flags })
    } else {
      const { grown, base } = growth
      if (grown <= 0n) flags.add('wiped')
      const rate = divideHalfEven((grown - base) * ONE, base)
      returns.push({ day: day.day, growth, rate, reason: null, counts: funded, flags })
      funded = true
    }
    before = day.nav
    inflow = 0n
    outflow = 0n
    isPending = false
  }
  return returns
}

type Growth = NonNullable<DayReturn['growth']>

function growthOver(base: bigint, grown: bigint, capitalFloor: bigint): Growth | null {
  return base <= 0n || base < capitalFloor ? null : { grown, base }
}

/**
 * From `start` to `nav`, part by part; null when no part had capital. Nothing there before a flow is a loss of everything,
 * which new money must not thin; but where something was below zero, the order is the venue's and not the money's (bought
 * first, paid for a second later), and the flow counts for the whole of its part.
 */
function linkedGrowth(start: bigint, nav: bigint, flows: readonly ValuedFlow[], capitalFloor: bigint): Growth | null {
  let linked: Growth | null = null
  let base = start
  let outflow = 0n
  for (const { before, amount, overdrawn } of flows) {
    if (!overdrawn || (before > 0n && before >= capitalFloor)) {
      linked = link(linked, growthOver(base, before + outflow, capitalFloor))
      base = before + amount
      outflow = 0n
    } else if (amount > 0n) base += amount
    else outflow -= amount
  }
  return link(linked, growthOver(base, nav + outflow, capitalFloor))
}

/** What the capital of the first part grew to, rounded at money scale after each further one. */
function link(first: Growth | null, next: Growth | null): Growth | null {
  if (first === null || next === null) return first ?? next
  return { grown: divideHalfEven(first.grown * next.grown, next.base), base: first.base }
}

function sumIn(flows: readonly ValuedFlow[]): bigint {
  return flows.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n)
}

function isLarge(flow: bigint, before: bigint): boolean {
  return before > 0n && flow >= LARGE_UNITS && flow * LARGE_SHARE >= before
}
