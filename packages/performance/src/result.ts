/**
 * What `measure` returns and a certificate carries. Decimal strings throughout; a figure that is not
 * defined is `{ value: null, reason }`, never zero, infinity or NaN.
 */
import type { Decimal } from './events.ts'

/** Why a figure is not defined. */
export type Undefined =
  | 'no_fills'
  | 'nothing_closed'
  | 'no_losses'
  | 'no_wins'
  | 'no_capital'
  | 'no_variance'
  | 'no_drawdown'
  | 'too_few_days'
  | 'wiped'
  | 'unpriced'
  | 'no_unique_root'
  | 'not_recovered'
  | 'out_of_range'

/** A ratio or an amount, or the reason why there is none. */
export type Figure = { readonly value: Decimal } | { readonly value: null; readonly reason: Undefined }

export interface ReturnFigures {
  /** All returns are fractions: `0.05` is five per cent. */
  readonly timeWeightedReturn: Figure
  readonly moneyWeightedReturn: Figure
  readonly cagr: Figure
  readonly volatility: Figure
  readonly sharpe: Figure
  readonly sortino: Figure
  readonly calmar: Figure
  readonly omega: Figure
  /** At most zero. */
  readonly maxDrawdown: Figure
  /** Days from the peak to the trough. */
  readonly drawdownDays: Figure
  /** Days from the trough back to the peak; null with reason while not recovered. */
  readonly recoveryDays: Figure
  readonly valueAtRisk95: Figure
  readonly conditionalValueAtRisk95: Figure
}

/** The same figures of trades that are over, whichever view says when one is. */
export interface ClosedFigures {
  readonly count: number
  readonly winners: number
  readonly losers: number
  readonly breakEven: number
  /** Winners over winners and losers. */
  readonly winRate: Figure
  readonly profitFactor: Figure
  /** Mean PnL, reporting currency. */
  readonly expectancy: Figure
  /** Mean win over mean loss. */
  readonly payoff: Figure
  readonly averageHoldingSeconds: Figure
  /** Of all that was won, what the largest win brought: near 1, the rest hardly mattered. */
  readonly largestWinShare: Figure
}

export interface TradeFigures {
  readonly fills: number
  /** Reporting currency. */
  readonly volume: Figure
  readonly fees: Figure
  readonly realisedPnl: Figure
  readonly unrealisedPnl: Figure
  /** One trade is one piece of one lot that a fill closed: what was bought at one moment and sold at another. */
  readonly lotMatches: ClosedFigures
  /** One trade is one position from flat to flat; whoever always holds something has few. */
  readonly roundTrips: ClosedFigures
}

export interface MarketFigures extends TradeFigures {
  readonly market: string
  readonly venue: string
}

/** One day of the account at its end, 24:00 UTC. */
export interface DayValue {
  /** `YYYY-MM-DD` */
  readonly day: string
  readonly nav: Figure
  /** Net external flow of the day, reporting currency. */
  readonly netFlow: Figure
  readonly return: Figure
  readonly flags: readonly DayFlag[]
}

/**
 * `stale_price`: a close of the day before was carried forward. `fill_price`: the account's own last fill stood in
 * for a close. `unpriced`: an asset had no price, so the day has no value. `no_capital`: too little to earn a return
 * on. `wiped`: everything was lost. `large_flow`: the flow is large enough to move the day's return by its timing.
 * `unattributed`: assets were spent that no event explains; they count as a flow.
 */
export type DayFlag = 'stale_price' | 'fill_price' | 'unpriced' | 'no_capital' | 'wiped' | 'large_flow' | 'unattributed'

/** Per asset of one account: opening + fills + flows = closing, and what that leaves unexplained (C4). */
export interface AssetReconciliation {
  readonly asset: string
  readonly opening: Decimal
  readonly fills: Decimal
  readonly fees: Decimal
  readonly flows: Decimal
  readonly expected: Decimal
  readonly closing: Decimal
  /** closing − expected */
  readonly residual: Decimal
  readonly withinTolerance: boolean
}

export interface AccountCompleteness {
  readonly account: string
  readonly venue: string
  readonly assets: readonly AssetReconciliation[]
  /** Sum of |residual| valued in the reporting currency, and as a fraction of the last NAV. */
  readonly residualValue: Figure
  readonly residualOfNav: Figure
  readonly complete: boolean
}

/** Where the ledger met something it could not explain; counted, and never booked as profit. */
export interface LedgerNotes {
  /** Sold or spent more than the lots held: an unattributed lot was opened at market value. */
  readonly shortfalls: number
  /** What the shortfalls were worth, reporting currency; part of `netFlows`. */
  readonly unattributedValue: Decimal
  /** A fee in an asset without a price on that day, charged at the cost of the lots it was paid from. */
  readonly unpricedFees: number
  /** Fills neither side of which had a price on that day; the cost of what was given passes to what was received. */
  readonly unpricedFills: number
  readonly stalePriceDays: number
  /** Days on which the account's own fill stood in for a missing close. */
  readonly fillPriceDays: number
  readonly unpricedDays: number
  /** Assets without a price on any day of the period: left out of every value, coming and going. */
  readonly unpricedAssets: readonly string[]
  /** Fills that were delivered more than once and counted once. */
  readonly duplicates: number
}

export interface Conventions {
  readonly lots: 'FIFO'
  readonly day: 'UTC'
  readonly daysPerYear: 365
  readonly riskFreeRate: Decimal
  readonly flowTiming: string
  /** Which flows are external, and which are income of the account. */
  readonly externalFlows: string
  /** Where the one price per asset and day comes from. */
  readonly prices: string
  /** What one trade is in each view. */
  readonly lotMatch: string
  readonly roundTrip: string
  /** Reporting currency: a day that starts with less has return zero and the flag `no_capital`. */
  readonly capitalFloor: Decimal
  readonly pegs: readonly { readonly asset: string; readonly equals: string }[]
}

export interface Performance {
  readonly reportingCurrency: string
  /** Days covered, both inclusive, `YYYY-MM-DD`. */
  readonly period: { readonly from: string; readonly to: string; readonly days: number }
  readonly total: TradeFigures & ReturnFigures
  readonly markets: readonly MarketFigures[]
  readonly opening: Figure
  readonly closing: Figure
  /** External flows in, less out, unattributed value included. */
  readonly netFlows: Figure
  /** Interest and rebates received, less interest paid and fees on flows. */
  readonly otherIncome: Figure
  /**
   * What withdrawn lots were worth above their cost: earned here, realised elsewhere. With it the figures tie out:
   * closing − opening − netFlows = realisedPnl + unrealisedPnl + otherIncome + withdrawnGain.
   */
  readonly withdrawnGain: Figure
  readonly completeness: readonly AccountCompleteness[]
  readonly notes: LedgerNotes
  readonly conventions: Conventions
}
