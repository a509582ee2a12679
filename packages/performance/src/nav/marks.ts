/** One price per market and UTC day: the close, or where there is none the account's own last fill. */
import { type DayNumber, dayNumber, dayOf } from '../day.ts'
import { compare } from '../decimal/arithmetic.ts'
import { parseDecimal, type Scaled } from '../decimal/parse.ts'
import { PerformanceError } from '../errors.ts'
import type { AccountEvent, DailyClose, Decimal } from '../events.ts'
import { compareText } from '../fills/order.ts'

export interface Mark {
  readonly market: string
  readonly base: string
  readonly quote: string
  /** Quote per base, above zero. */
  readonly price: Scaled
  readonly source: 'close' | 'fill'
}

/** By day, in the order of their markets. */
export type Marks = ReadonlyMap<DayNumber, readonly Mark[]>

/**
 * `events` in canonical order. Several closes of one market and day, from several venues, count as their lower median.
 * @throws PerformanceError `day_invalid`, `decimal_malformed`, `decimal_too_long`, `amount_not_positive`
 */
export function marksOf(closes: readonly DailyClose[], events: readonly AccountEvent[]): Marks {
  const byDay = new Map<DayNumber, Map<string, Mark>>()
  const ofDay = (day: DayNumber): Map<string, Mark> => {
    let marks = byDay.get(day)
    if (marks === undefined) byDay.set(day, (marks = new Map<string, Mark>()))
    return marks
  }
  for (const event of events) {
    if (event.kind !== 'fill' || event.execution === 'reversal' || event.execution === 'dust') continue
    const { market, base, quote } = event
    ofDay(dayOf(event.at)).set(market, { market, base, quote, price: positive(event.price), source: 'fill' })
  }
  for (const [day, ofOneDay] of Map.groupBy(closes, (close) => close.day)) {
    const marks = ofDay(dayNumber(day))
    for (const [market, quoted] of Map.groupBy(ofOneDay, (close) => close.market)) {
      const prices = quoted.map(({ close }) => positive(close)).sort(compare)
      const price = prices[(prices.length - 1) >> 1]
      const first = quoted[0]
      if (price === undefined || first === undefined) continue
      marks.set(market, { market, base: first.base, quote: first.quote, price, source: 'close' })
    }
  }
  return new Map(
    [...byDay].map(([day, marks]) => [day, [...marks.values()].sort((a, b) => compareText(a.market, b.market))]),
  )
}

function positive(text: Decimal): Scaled {
  const price = parseDecimal(text)
  if (price.coefficient <= 0n) throw new PerformanceError('amount_not_positive', 'a price must be above zero')
  return price
}
