/**
 * Opening + fills − fees + flows against what the venue says is held now. The difference is published, however
 * small; it shows trades, deposits or fees that the history lacks.
 */
import { add, compare, NOUGHT, negate, subtract } from '../decimal/arithmetic.ts'
import { formatDecimal } from '../decimal/format.ts'
import { parseDecimal, type Scaled } from '../decimal/parse.ts'
import type { AccountEvent, BalanceSnapshot } from '../events.ts'
import { compareText } from '../fills/order.ts'
import { postingsOf } from '../fills/postings.ts'
import type { AssetReconciliation } from '../result.ts'

/** Places a venue keeps when its balances do not show any. */
const USUAL_PLACES = 8
/** A balance written with fewer places was shortened, not kept so. */
const FEWEST_PLACES = 2
/** No rounding adds up to more than a hundred-thousandth of what was moved. */
const GREATEST_SHARE_PLACES = 5

export interface Reconciliation {
  readonly assets: readonly AssetReconciliation[]
  /** closing − expected, where it is not zero. */
  readonly residuals: readonly { readonly asset: string; readonly amount: Scaled }[]
  readonly holdings: readonly { readonly asset: string; readonly amount: Scaled }[]
}

interface Sums {
  opening: Scaled
  fills: Scaled
  fees: Scaled
  flows: Scaled
  closing: Scaled
  /** Σ |amount|: what rounding can be a part of. */
  moved: Scaled
  postings: number
  /** Places in which the venue writes this balance. */
  places: number
}

/** `events` after the opening and up to the closing snapshot, each once. */
export function reconcile(
  events: readonly AccountEvent[],
  opening: BalanceSnapshot | undefined,
  closing: BalanceSnapshot,
): Reconciliation {
  const sums = new Map<string, Sums>()
  const of = (asset: string): Sums => {
    let found = sums.get(asset)
    if (found === undefined) sums.set(asset, (found = empty()))
    return found
  }
  for (const { asset, total } of opening?.balances ?? []) {
    const sum = of(asset)
    const amount = parseDecimal(total)
    sum.opening = add(sum.opening, amount)
    sum.places = Math.max(sum.places, amount.scale)
  }
  for (const { asset, total } of closing.balances) {
    const sum = of(asset)
    const amount = parseDecimal(total)
    sum.closing = add(sum.closing, amount)
    sum.places = Math.max(sum.places, amount.scale)
  }
  for (const event of events) {
    for (const { asset, amount, part } of postingsOf(event)) {
      const sum = of(asset)
      if (part === 'fees') sum.fees = subtract(sum.fees, amount)
      else sum[part] = add(sum[part], amount)
      sum.moved = add(sum.moved, magnitude(amount))
      sum.postings++
    }
  }
  const ordered = [...sums].sort(([a], [b]) => compareText(a, b))
  const reconciled = ordered.map(([asset, sum]) => ({ asset, ...balance(asset, sum), amount: sum.closing }))
  return {
    assets: reconciled.map(({ row }) => row),
    residuals: reconciled
      .filter(({ residual }) => residual.coefficient !== 0n)
      .map(({ asset, residual }) => ({ asset, amount: residual })),
    holdings: reconciled.map(({ asset, amount }) => ({ asset, amount })),
  }
}

function balance(asset: string, sum: Sums): { readonly row: AssetReconciliation; readonly residual: Scaled } {
  const { opening, fills, fees, flows, closing } = sum
  const expected = subtract(add(add(opening, fills), flows), fees)
  const residual = subtract(closing, expected)
  const row: AssetReconciliation = {
    asset,
    opening: formatDecimal(opening),
    fills: formatDecimal(fills),
    fees: formatDecimal(fees),
    flows: formatDecimal(flows),
    expected: formatDecimal(expected),
    closing: formatDecimal(closing),
    residual: formatDecimal(residual),
    withinTolerance: compare(magnitude(residual), tolerance(sum)) <= 0,
  }
  return { row, residual }
}

/** One unit of the balance's last place per posting, and never more than a hundred-thousandth of what was moved. */
function tolerance({ places, postings, moved }: Sums): Scaled {
  const scale = places < FEWEST_PLACES ? USUAL_PLACES : places
  const rounding = { coefficient: BigInt(postings), scale }
  const share = { coefficient: moved.coefficient, scale: moved.scale + GREATEST_SHARE_PLACES }
  return compare(rounding, share) <= 0 ? rounding : share
}

function magnitude(amount: Scaled): Scaled {
  return amount.coefficient < 0n ? negate(amount) : amount
}

function empty(): Sums {
  return {
    opening: NOUGHT,
    fills: NOUGHT,
    fees: NOUGHT,
    flows: NOUGHT,
    closing: NOUGHT,
    moved: NOUGHT,
    postings: 0,
    places: 0,
  }
}
