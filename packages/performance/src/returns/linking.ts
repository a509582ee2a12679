/** Daily returns linked geometrically into an index that starts at one. */
import type { DayNumber } from '../day.ts'
import { divideHalfEven, ONE } from '../decimal/arithmetic.ts'
import type { DayReturn } from './daily.ts'

export interface IndexPoint {
  readonly day: DayNumber
  /** Money scale. */
  readonly index: bigint
}

/** The index at the end of each day with a return of its own, after the seed of one on the eve of the first. */
export interface LinkedReturns {
  readonly points: readonly IndexPoint[]
  /** Everything was lost on some day: the index stays at zero, whatever was earned with new money later. */
  readonly wiped: boolean
}

export function linkReturns(returns: readonly DayReturn[]): LinkedReturns {
  const points: IndexPoint[] = []
  let index = ONE
  for (const { day, growth } of returns) {
    if (growth === null) continue
    if (points.length === 0) points.push({ day: day - 1, index })
    index = growth.grown <= 0n ? 0n : divideHalfEven(index * growth.grown, growth.base)
    points.push({ day, index })
  }
  return { points, wiped: points.some((point) => point.index === 0n) }
}
