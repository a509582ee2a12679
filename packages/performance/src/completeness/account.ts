/** Completeness of one account: its reconciliation, and what the unexplained part is worth. */
import { dayOf } from '../day.ts'
import { divideHalfEven, ONE } from '../decimal/arithmetic.ts'
import { formatFraction, formatMoney } from '../decimal/format.ts'
import type { Scaled } from '../decimal/parse.ts'
import { figureOf, undefinedBecause } from '../figure.ts'
import type { AccountHistory } from '../input.ts'
import { timesPrice } from '../lots/state.ts'
import type { PriceBook } from '../nav/price-book.ts'
import type { AccountCompleteness, Figure } from '../result.ts'
import { reconcile } from './reconcile.ts'

interface Held {
  readonly asset: string
  readonly amount: Scaled
}

/** `history.events`: distinct, in canonical order, after the opening. */
export function accountCompleteness(history: AccountHistory, prices: PriceBook): AccountCompleteness {
  const { account, venue, opening, closing } = history
  const events = history.events.filter(({ at }) => at <= closing.at)
  const { assets, residuals, holdings } = reconcile(events, opening, closing)
  const day = dayOf(closing.at)
  const unexplained = worth(
    residuals.map(({ asset, amount: { coefficient, scale } }) => ({
      asset,
      amount: { coefficient: coefficient < 0n ? -coefficient : coefficient, scale },
    })),
    (asset) => prices.priceOf(asset, day),
  )
  const nav = worth(holdings, (asset) => prices.priceOf(asset, day) ?? (prices.everPriced(asset) ? null : 0n))
  return {
    account,
    venue,
    assets,
    residualValue: unexplained === null ? undefinedBecause('unpriced') : figureOf(formatMoney(unexplained)),
    residualOfNav: share(unexplained, nav),
    complete: assets.every(({ withinTolerance }) => withinTolerance),
  }
}

/** Money scale; null when something held has no price. */
function worth(held: readonly Held[], priceOf: (asset: string) => bigint | null): bigint | null {
  let total = 0n
  for (const { asset, amount } of held) {
    if (amount.coefficient === 0n) continue
    const price = priceOf(asset)
    if (price === null) return null
    total += timesPrice(amount, price)
  }
  return total
}

function share(part: bigint | null, whole: bigint | null): Figure {
  if (part === null || whole === null) return undefinedBecause('unpriced')
  if (whole <= 0n) return undefinedBecause('no_capital')
  return figureOf(formatFraction(divideHalfEven(part * ONE, whole)))
}
