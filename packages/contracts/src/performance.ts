/**
 * The figures of `packages/performance/src/result.ts` as JSON Schema, field by field; a type-level test keeps
 * the two mutually assignable. Their names are those of the signed certificate.
 */
import { type Static, Type } from 'typebox'
import { Closed, Count, Day, DecimalText, List, OneOf } from './encoding.ts'

/** Why a figure is not defined. */
export const Undefined = OneOf(
  [
    'no_fills',
    'nothing_closed',
    'no_losses',
    'no_wins',
    'no_capital',
    'no_variance',
    'no_drawdown',
    'too_few_days',
    'wiped',
    'unpriced',
    'no_unique_root',
    'not_recovered',
    'out_of_range',
  ],
  { description: 'Why the figure is not defined.' },
)

/** A ratio or an amount as a decimal string, or the reason why there is none. */
export function Figure(description: string) {
  return Type.Union(
    [
      Closed({ value: DecimalText({ description: 'Exact decimal.' }) }),
      Closed({ value: Type.Null(), reason: Undefined }),
    ],
    { description },
  )
}

const RETURN_FIGURES = {
  timeWeightedReturn: Figure('Time-weighted return of the period; a fraction, `0.05` is five per cent.'),
  moneyWeightedReturn: Figure('Internal rate of return of the flows.'),
  cagr: Figure('Compound annual growth rate.'),
  volatility: Figure('Annualised standard deviation of the daily returns.'),
  sharpe: Figure('Sharpe ratio, annualised.'),
  sortino: Figure('Sortino ratio, annualised.'),
  calmar: Figure('CAGR over the greatest drawdown.'),
  omega: Figure('Gains over losses about the threshold.'),
  maxDrawdown: Figure('Greatest fall from a peak, at most zero.'),
  drawdownDays: Figure('Days from the peak to the trough.'),
  recoveryDays: Figure('Days from the trough back to the peak.'),
  valueAtRisk95: Figure('Historical daily value at risk, 95 %.'),
  conditionalValueAtRisk95: Figure('Mean of the days beyond the value at risk.'),
}

const CLOSED_FIGURES = {
  count: Count('Trades that are over.'),
  winners: Count('Those that won.'),
  losers: Count('Those that lost.'),
  breakEven: Count('Those that neither won nor lost.'),
  winRate: Figure('Winners over all that won or lost.'),
  profitFactor: Figure('Sum of wins over sum of losses.'),
  expectancy: Figure('Mean profit, reporting currency.'),
  payoff: Figure('Mean win over mean loss.'),
  averageHoldingSeconds: Figure('Mean time from opening to closing.'),
  largestWinShare: Figure('The largest win over the sum of wins.'),
}

const LOT_MATCHES = 'One trade is one piece of one lot that a fill closed.'
const ROUND_TRIPS = 'One trade is one position from flat to flat.'

const TRADE_FIGURES = {
  fills: Count('Executions on the venue.'),
  volume: Figure('Traded volume, reporting currency.'),
  fees: Figure('Fees paid, reporting currency.'),
  realisedPnl: Figure('Profit of what was closed, reporting currency.'),
  unrealisedPnl: Figure('Profit of what is still open, reporting currency.'),
  lotMatches: Closed(CLOSED_FIGURES, { description: LOT_MATCHES }),
  roundTrips: Closed(CLOSED_FIGURES, { description: ROUND_TRIPS }),
}

export const DayValue = Closed({
  day: Day({ description: 'UTC day, valued at its end.' }),
  nav: Figure('Account value, reporting currency.'),
  netFlow: Figure('Net external flow of the day.'),
  return: Figure('Return of the day, flows taken out.'),
  flags: List(
    OneOf(['stale_price', 'fill_price', 'unpriced', 'no_capital', 'wiped', 'large_flow', 'unattributed'], {
      description: 'What to know about the day: how it was priced, and whether its return says anything.',
    }),
  ),
})
export type DayValue = Static<typeof DayValue>

const AssetReconciliation = Closed({
  asset: Type.String(),
  opening: DecimalText({ description: 'Held before the history began.' }),
  fills: DecimalText({ description: 'Net change by fills, before fees.' }),
  fees: DecimalText({ description: 'Taken by fees.' }),
  flows: DecimalText({ description: 'Net change by flows.' }),
  expected: DecimalText({ description: 'opening + fills − fees + flows.' }),
  closing: DecimalText({ description: 'What the venue says is held.' }),
  residual: DecimalText({ description: 'closing − expected: what is unexplained.' }),
  withinTolerance: Type.Boolean(),
})

const AccountCompleteness = Closed({
  account: Type.String(),
  venue: Type.String(),
  assets: List(AssetReconciliation),
  residualValue: Figure('Sum of the residuals in the reporting currency.'),
  residualOfNav: Figure('The same as a fraction of the last account value.'),
  complete: Type.Boolean(),
})

export const Performance = Closed(
  {
    reportingCurrency: Type.String({ examples: ['USD'] }),
    period: Closed({
      from: Day({ description: 'First day, inclusive.' }),
      to: Day({ description: 'Last day, inclusive.' }),
      days: Count('Days covered.'),
    }),
    total: Closed({ ...TRADE_FIGURES, ...RETURN_FIGURES }),
    markets: List(Closed({ ...TRADE_FIGURES, market: Type.String({ examples: ['BTC/USDT'] }), venue: Type.String() })),
    opening: Figure('Account value at the start.'),
    closing: Figure('Account value at the end.'),
    netFlows: Figure('External flows in, less out, unattributed value included.'),
    otherIncome: Figure('Interest and rebates received, less interest paid and fees on flows.'),
    withdrawnGain: Figure('What withdrawn lots were worth above their cost.'),
    completeness: List(AccountCompleteness),
    notes: Closed({
      shortfalls: Count('Sales of more than the lots held.'),
      unattributedValue: DecimalText({ description: 'What the shortfalls were worth; part of `netFlows`.' }),
      unpricedFees: Count('Fees in an asset without a price on that day.'),
      unpricedFills: Count('Fills neither side of which had a price on that day.'),
      stalePriceDays: Count('Days valued at an older price.'),
      fillPriceDays: Count("Days on which the account's own fill stood in for a close."),
      unpricedDays: Count('Days with an asset that had no price at all.'),
      unpricedAssets: List(Type.String(), { description: 'Assets never priced: left out of every value.' }),
      duplicates: Count('Fills delivered more than once and counted once.'),
    }),
    conventions: Closed({
      lots: Type.Literal('FIFO'),
      day: Type.Literal('UTC'),
      daysPerYear: Type.Literal(365),
      riskFreeRate: DecimalText({ description: 'Annual.' }),
      flowTiming: Type.String({ description: 'When in its day a flow counts.' }),
      externalFlows: Type.String({ description: 'Which flows are external, and which are income.' }),
      prices: Type.String({ description: 'Where the one price per asset and day comes from.' }),
      lotMatch: Type.String({ description: 'What one lot match is.' }),
      roundTrip: Type.String({ description: 'What one round trip is: when a position counts as flat.' }),
      capitalFloor: DecimalText({ description: 'A day that starts with less has no return of its own.' }),
      pegs: List(Closed({ asset: Type.String(), equals: Type.String() }), {
        description: 'Assets valued one to one by declaration.',
      }),
    }),
  },
  { title: 'Performance', description: 'What a certificate carries, exact decimal strings throughout.' },
)
export type Performance = Static<typeof Performance>

/** The figures a person looks at first, named as in `Performance.total`. */
export const Headline = Closed(
  {
    reportingCurrency: Type.String({ examples: ['USD'] }),
    closing: Figure('Account value at the end.'),
    fills: TRADE_FIGURES.fills,
    volume: TRADE_FIGURES.volume,
    fees: TRADE_FIGURES.fees,
    realisedPnl: TRADE_FIGURES.realisedPnl,
    unrealisedPnl: TRADE_FIGURES.unrealisedPnl,
    lotMatches: TRADE_FIGURES.lotMatches,
    roundTrips: TRADE_FIGURES.roundTrips,
    timeWeightedReturn: RETURN_FIGURES.timeWeightedReturn,
    volatility: RETURN_FIGURES.volatility,
    sharpe: RETURN_FIGURES.sharpe,
    maxDrawdown: RETURN_FIGURES.maxDrawdown,
  },
  { title: 'Headline' },
)
export type Headline = Static<typeof Headline>
