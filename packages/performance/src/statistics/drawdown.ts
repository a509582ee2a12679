/** The greatest fall of the index from a peak. The start is a peak too, so a loss on the first day counts. */

import type { DayNumber } from '../day.ts'
import { divideHalfEven, ONE } from '../decimal/arithmetic.ts'
import type { IndexPoint } from '../returns/linking.ts'

export interface Drawdown {
  /** At most zero, money scale. */
  readonly depth: bigint
  readonly peak: DayNumber
  readonly trough: DayNumber
  /** First day the index is back at the peak; null while it is not. */
  readonly recovered: DayNumber | null
}

/** Null when the index never fell. Of equal falls, the first. */
export function greatestDrawdown(points: readonly IndexPoint[]): Drawdown | null {
  let peak = points[0]
  if (peak === undefined) return null
  let worst: { depth: bigint; peak: IndexPoint; trough: DayNumber } | null = null
  for (const point of points) {
    if (point.index >= peak.index) peak = point
    const depth = divideHalfEven((point.index - peak.index) * ONE, peak.index)
    if (depth < (worst?.depth ?? 0n)) worst = { depth, peak, trough: point.day }
  }
  if (worst === null) return null
  const { depth, trough } = worst
  const height = worst.peak.index
  const recovered = points.find(({ day, index }) => day > trough && index >= height)?.day ?? null
  return { depth, peak: worst.peak.day, trough, recovered }
}
