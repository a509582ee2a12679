/**
 * The closes found so far, and on which days an asset still has no price. Of a market on a day there is one close, the
 * first that was found: closes that a further venue answers on other days than were missing are left out, or what is
 * asked for one day would change the price of another.
 */
import type { DailyClose } from '@perf-aggregator/performance'

/** By asset, the days in question, oldest first and at least one. */
export type DaysOf = ReadonlyMap<string, readonly string[]>

interface Day {
  readonly byMarket: Map<string, DailyClose>
  /** What an asset has a close against. */
  readonly neighbours: Map<string, Set<string>>
  /** Markets on the shortest path to the reporting currency; null when closes came since. */
  distances: ReadonlyMap<string, number> | null
}

export class FoundCloses {
  readonly #currency: string
  readonly #days = new Map<string, Day>()

  constructor(reportingCurrency: string) {
    this.#currency = reportingCurrency
  }

  all(): readonly DailyClose[] {
    return [...this.#days.values()].flatMap(({ byMarket }) => [...byMarket.values()])
  }

  /** Takes of `closes` those on `days`, the days without a price that they were asked for. */
  add(closes: readonly DailyClose[], days: readonly string[]): void {
    const wanted = new Set(days)
    for (const close of closes) {
      const { market, base, quote, day: name } = close
      if (!wanted.has(name)) continue
      const day = this.#day(name)
      if (day.byMarket.has(market)) continue
      day.byMarket.set(market, close)
      day.distances = null
      neighboursOf(day, base).add(quote)
      neighboursOf(day, quote).add(base)
    }
  }

  /** Those of `days` on which no path of at most `markets` closes leads to the reporting currency. */
  unpriced(days: DaysOf, markets: number): DaysOf {
    const left = new Map<string, readonly string[]>()
    for (const [asset, ofAsset] of days) {
      const unpriced = asset === this.#currency ? [] : ofAsset.filter((day) => this.#distance(asset, day) > markets)
      if (unpriced.length > 0) left.set(asset, unpriced)
    }
    return left
  }

  /** Which of `bridges` the assets have a close against on these days, and when. */
  leaningOn(bridges: readonly string[], days: DaysOf): DaysOf {
    const leaning = new Map(bridges.map((bridge) => [bridge, new Set<string>()]))
    for (const [asset, ofAsset] of days) {
      for (const day of ofAsset) {
        for (const neighbour of this.#days.get(day)?.neighbours.get(asset) ?? []) leaning.get(neighbour)?.add(day)
      }
    }
    return new Map(
      [...leaning].filter(([, found]) => found.size > 0).map(([bridge, found]) => [bridge, [...found].toSorted()]),
    )
  }

  #day(name: string): Day {
    let day = this.#days.get(name)
    if (day === undefined) this.#days.set(name, (day = { byMarket: new Map(), neighbours: new Map(), distances: null }))
    return day
  }

  #distance(asset: string, name: string): number {
    const day = this.#days.get(name)
    if (day === undefined) return Infinity
    day.distances ??= distancesFrom(this.#currency, day)
    return day.distances.get(asset) ?? Infinity
  }
}

function neighboursOf({ neighbours }: Day, asset: string): Set<string> {
  let ofAsset = neighbours.get(asset)
  if (ofAsset === undefined) neighbours.set(asset, (ofAsset = new Set<string>()))
  return ofAsset
}

/** Breadth first: a map is walked in the order of what was put in, while it grows. */
function distancesFrom(currency: string, { neighbours }: Day): ReadonlyMap<string, number> {
  const distances = new Map([[currency, 0]])
  for (const [asset, distance] of distances) {
    for (const neighbour of neighbours.get(asset) ?? []) {
      if (!distances.has(neighbour)) distances.set(neighbour, distance + 1)
    }
  }
  return distances
}
