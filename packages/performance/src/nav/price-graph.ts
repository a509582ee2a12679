/**
 * Prices of everything in the reporting currency, found through markets: direct, inverse, or by at most two assets
 * in between. A path is one exact fraction, rounded once.
 */
import { divideHalfEven, ONE, powerOfTen } from '../decimal/arithmetic.ts'
import type { Mark } from './marks.ts'

/** Markets on the longest path. */
const LONGEST_PATH = 3

/** `numerator / denominator` reporting currency per unit. */
interface Rate {
  readonly numerator: bigint
  readonly denominator: bigint
}

interface Edge {
  readonly to: string
  readonly mark: Mark
  /** From the base to the quote: the quote's price follows from the base's. */
  readonly towardsQuote: boolean
}

/**
 * Price of every asset that `marks` connect to `currency`, money scale. The path with the fewest markets counts; among
 * equals the one first by the names of its markets, from the reporting currency on.
 * @param marks in the order of their markets
 * @param nameOf one name for assets pegged together
 */
export function pricesFrom(
  marks: readonly Mark[],
  currency: string,
  nameOf: (asset: string) => string,
): ReadonlyMap<string, bigint> {
  const edges = edgesOf(marks, nameOf)
  const rates = new Map<string, Rate>([[nameOf(currency), { numerator: 1n, denominator: 1n }]])
  let frontier = [...rates]
  for (let depth = 0; depth < LONGEST_PATH && frontier.length > 0; depth++) {
    const next = new Map<string, Rate>()
    for (const [asset, rate] of frontier) {
      for (const edge of edges.get(asset) ?? []) {
        if (!rates.has(edge.to) && !next.has(edge.to)) next.set(edge.to, follow(rate, edge))
      }
    }
    frontier = [...next]
    for (const [asset, rate] of frontier) rates.set(asset, rate)
  }
  return new Map(
    [...rates].map(([asset, { numerator, denominator }]) => [asset, divideHalfEven(numerator * ONE, denominator)]),
  )
}

function edgesOf(marks: readonly Mark[], nameOf: (asset: string) => string): ReadonlyMap<string, readonly Edge[]> {
  const edges = new Map<string, Edge[]>()
  const link = (from: string, edge: Edge): void => {
    const known = edges.get(from)
    if (known === undefined) edges.set(from, [edge])
    else known.push(edge)
  }
  for (const mark of marks) {
    const base = nameOf(mark.base)
    const quote = nameOf(mark.quote)
    if (base === quote) continue
    link(base, { to: quote, mark, towardsQuote: true })
    link(quote, { to: base, mark, towardsQuote: false })
  }
  return edges
}

function follow({ numerator, denominator }: Rate, { mark: { price }, towardsQuote }: Edge): Rate {
  const unit = powerOfTen(price.scale)
  return towardsQuote
    ? { numerator: numerator * unit, denominator: denominator * price.coefficient }
    : { numerator: numerator * price.coefficient, denominator: denominator * unit }
}
