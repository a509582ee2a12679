/** From events, closes and balances to every figure of a certificate. Pure: the same input gives the same bytes. */
import { accountCompleteness } from './completeness/account.ts'
import { checkAgainstLots } from './completeness/lots.ts'
import { dayName } from './day.ts'
import { atMoneyScale } from './decimal/arithmetic.ts'
import { formatFraction, formatMoney } from './decimal/format.ts'
import { parseDecimal } from './decimal/parse.ts'
import { canonicalDecimal } from './decimal/text.ts'
import { PerformanceError } from './errors.ts'
import { figureOf, ratioFigure, undefinedBecause } from './figure.ts'
import { EXTERNAL_FLOWS } from './fills/external.ts'
import { compareText } from './fills/order.ts'
import { type History, mergeHistories } from './histories.ts'
import type { Measure, MeasureInput } from './input.ts'
import { FifoBook } from './lots/fifo-book.ts'
import { MarketTally } from './lots/tally.ts'
import { LOT_MATCH, ROUND_TRIP } from './lots/trade-views.ts'
import { unrealisedPnl } from './lots/unrealised.ts'
import { type DailyValues, dailyValues, type ValuedDay } from './nav/daily.ts'
import { marksOf } from './nav/marks.ts'
import { Pegs } from './nav/pegs.ts'
import { PRICES, PriceBook } from './nav/price-book.ts'
import type { Conventions, DayValue, Figure, LedgerNotes, Performance } from './result.ts'
import { type DayReturn, dailyReturns, FLOW_TIMING } from './returns/daily.ts'
import { datedFlows } from './returns/dated-flows.ts'
import { moneyWeightedReturn } from './returns/money-weighted.ts'
import { DAYS_PER_YEAR, returnFigures, toNumber } from './statistics/return-figures.ts'
import { tradeFigures } from './statistics/trade-figures.ts'

/** @throws PerformanceError when the input is not what a connector may hand over; never for what a trader may do */
export const measure: Measure = (input) => {
  const history = mergeHistories(input.accounts, input.until)
  const prices = new PriceBook(
    marksOf(input.closes, history.events),
    input.reportingCurrency,
    new Pegs(input.pegs ?? []),
    history.from,
    history.to,
  )
  const book = new FifoBook(prices)
  for (const opening of history.openings) book.open(opening)
  for (const event of history.events) book.apply(event)

  const values = dailyValues({ ...history, shortfalls: book.shortfalls(), prices })
  checkAgainstLots(book.positions(), values.balances)
  const conventions = conventionsOf(input)
  const returns = dailyReturns(values.days, atMoneyScale(parseDecimal(conventions.capitalFloor)))
  return {
    performance: performanceOf(input, history, prices, book, values, returns, conventions),
    days: values.days.map((day, index) => dayValue(day, returns[index])),
  }
}

function performanceOf(
  input: MeasureInput,
  history: History,
  prices: PriceBook,
  book: FifoBook,
  values: DailyValues,
  returns: readonly DayReturn[],
  conventions: Conventions,
): Performance {
  const { days } = values
  const tallies = book.tallies()
  const total = new MarketTally('', '')
  for (const tally of tallies) total.add(tally)
  const unrealised = unrealisedPnl(book.positions(), prices, history.to)
  const closing = days.at(-1)?.nav ?? null
  const netFlows = days.reduce((sum, { inflow, outflow }) => sum + inflow - outflow, 0n)
  const riskFreeRate = Number(conventions.riskFreeRate)
  return {
    reportingCurrency: input.reportingCurrency,
    period: { from: dayName(history.from), to: dayName(history.to), days: days.length },
    total: {
      ...tradeFigures(total, unrealised.total),
      ...returnFigures(returns, moneyWeighted(days, returns), riskFreeRate, history.to),
    },
    markets: tallies
      .map((tally, index) => ({
        market: tally.market,
        venue: tally.venue,
        ...tradeFigures(tally, unrealised.ofMarket(index)),
      }))
      .sort((a, b) => compareText(a.market, b.market) || compareText(a.venue, b.venue)),
    opening: money(days.reduce((sum, { opening }) => sum + opening, 0n)),
    closing: closing === null ? undefinedBecause('unpriced') : money(closing),
    netFlows: money(netFlows),
    otherIncome: money(book.otherIncome),
    withdrawnGain: money(book.withdrawnGain),
    completeness: history.accounts.map((account) => accountCompleteness(account, prices)),
    notes: notesOf(history, book, total, values),
    conventions,
  }
}

function conventionsOf({ riskFreeRate = '0', capitalFloor = '1', pegs = [] }: MeasureInput): Conventions {
  const rate = canonicalDecimal(riskFreeRate)
  const floor = canonicalDecimal(capitalFloor)
  if (Number(rate) <= -1 || Number(floor) < 0) {
    throw new PerformanceError(
      'amount_not_positive',
      'the risk-free rate is above -1 and the capital floor not below 0',
    )
  }
  return {
    lots: 'FIFO',
    day: 'UTC',
    daysPerYear: DAYS_PER_YEAR,
    riskFreeRate: rate,
    flowTiming: FLOW_TIMING,
    externalFlows: EXTERNAL_FLOWS,
    prices: PRICES,
    lotMatch: LOT_MATCH,
    roundTrip: ROUND_TRIP,
    capitalFloor: floor,
    pegs: pegs.map(({ asset, equals }) => ({ asset, equals })),
  }
}

function notesOf(history: History, book: FifoBook, total: MarketTally, values: DailyValues): LedgerNotes {
  const daysWith = (flag: 'stale_price' | 'fill_price' | 'unpriced'): number =>
    values.days.filter(({ flags }) => flags.has(flag)).length
  return {
    shortfalls: book.shortfalls().length + values.cashShortfalls,
    unattributedValue: formatMoney(values.unattributedValue),
    unpricedFees: total.unpricedFees + book.unpricedFlowFees,
    unpricedFills: total.unpricedFills,
    stalePriceDays: daysWith('stale_price'),
    fillPriceDays: daysWith('fill_price'),
    unpricedDays: daysWith('unpriced'),
    unpricedAssets: [...values.unpricedAssets].sort(compareText),
    duplicates: history.duplicates,
  }
}

function moneyWeighted(days: readonly ValuedDay[], returns: readonly DayReturn[]): Figure {
  const start = days.findIndex(({ inflow, opening }) => inflow + opening > 0n)
  const end = days.at(-1)
  if (start === -1 || end === undefined) return undefinedBecause('no_capital')
  if (end.nav === null) return undefinedBecause('unpriced')
  const flows = datedFlows(days, returns)
    .filter(({ time }) => time >= start)
    .map(({ time, amount }) => ({ time: time - start, amount: toNumber(amount) }))
  const result = moneyWeightedReturn(flows, toNumber(end.nav), days.length - start)
  return result.rate === null ? undefinedBecause(result.reason) : ratioFigure(result.rate)
}

function dayValue({ day, nav, inflow, outflow }: ValuedDay, earned: DayReturn | undefined): DayValue {
  const { rate, reason, flags } = earned ?? { rate: null, reason: null, flags: new Set() }
  return {
    day: dayName(day),
    nav: nav === null ? undefinedBecause('unpriced') : money(nav),
    netFlow: money(inflow - outflow),
    return: rate === null ? undefinedBecause(reason ?? 'no_capital') : figureOf(formatFraction(rate)),
    flags: [...flags].sort(compareText),
  }
}

function money(amount: bigint): Figure {
  return figureOf(formatMoney(amount))
}
