/** Historical value at risk: the worst twentieth of the days. */

export interface Tail {
  /** Return of the best day among the worst 5 %: usually below zero. */
  readonly valueAtRisk: number
  /** Mean return of the worst 5 % of days. */
  readonly conditional: number
}

/** Nearest rank: the worst ⌈n / 20⌉ days, at least one. Of at least one value. */
export function worstTwentieth(values: readonly number[]): Tail {
  const worst = values.toSorted((a, b) => a - b).slice(0, Math.ceil(values.length / 20))
  let total = 0
  for (const value of worst) total += value
  return { valueAtRisk: worst.at(-1) ?? 0, conditional: total / worst.length }
}
