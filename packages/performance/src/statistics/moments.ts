/** Sums in the order of the days: the order is part of the result. */

export function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function sum(values: readonly number[]): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Sample standard deviation, n − 1. Of at least two values. */
export function sampleDeviation(values: readonly number[]): number {
  const average = mean(values)
  let squares = 0
  for (const value of values) squares += (value - average) * (value - average)
  return Math.sqrt(squares / (values.length - 1))
}

/**
 * √( Σ min(0, r − target)² / n ) over all n days, those above the target included as zero: the deviation of the
 * losing days alone would reward losing often.
 */
export function downsideDeviation(values: readonly number[], target: number): number {
  let squares = 0
  for (const value of values) if (value < target) squares += (value - target) * (value - target)
  return Math.sqrt(squares / values.length)
}
