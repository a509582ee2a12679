/** The flows of every day as the money-weighted return dates them: in at its start, out at its end. */
import type { ValuedDay } from '../nav/daily.ts'
import type { DayReturn } from './daily.ts'

/** Money scale; `time` in whole days from the first. Above zero into the account. */
export interface DatedFlow {
  readonly time: number
  readonly amount: bigint
}

/**
 * What a day brought in counts as far as it was at work: so that what the day earned, on what it began with and that, is
 * the return of the day. All of it would let money that comes and goes thin any rate; only what stayed would let money
 * that worked and left earn for what is left of it.
 */
export function datedFlows(days: readonly ValuedDay[], returns: readonly DayReturn[]): readonly DatedFlow[] {
  return days.flatMap((day, time) => {
    const paid = day.inflow + day.opening
    const net = paid - day.outflow
    const least = net > 0n ? net : 0n
    const worked = capitalAtWork(time === 0 ? 0n : days[time - 1]?.nav, day, returns[time]?.growth)
    const into = worked === null || worked < least ? least : worked < paid ? worked : paid
    return [
      { time, amount: into },
      { time: time + 1, amount: net - into },
    ]
  })
}

/** What has to come in at the start of a day for its gain to be its return; null where it has none, or none of its own. */
function capitalAtWork(
  before: bigint | null | undefined,
  { nav, inflow, opening, outflow }: ValuedDay,
  growth: DayReturn['growth'] | undefined,
): bigint | null {
  if (typeof before !== 'bigint' || nav === null || !growth || growth.grown === growth.base) return null
  const gain = nav + outflow - before - inflow - opening
  return (gain * growth.base) / (growth.grown - growth.base) - before
}
