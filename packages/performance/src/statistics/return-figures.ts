/** The figures of a series of daily returns, each with its sample-size gate. Formulas: `docs/performance.md`. */

import type { DayNumber } from '../day.ts'
import { ONE } from '../decimal/arithmetic.ts'
import { formatFraction } from '../decimal/format.ts'
import { figureOf, ratioFigure, undefinedBecause } from '../figure.ts'
import type { Figure, ReturnFigures, Undefined } from '../result.ts'
import type { DayReturn } from '../returns/daily.ts'
import { type LinkedReturns, linkReturns } from '../returns/linking.ts'
import { type Drawdown, greatestDrawdown } from './drawdown.ts'
import { power } from './elementary.ts'
import { downsideDeviation, mean, sampleDeviation } from './moments.ts'
import { worstTwentieth } from './tail.ts'

export const DAYS_PER_YEAR = 365
/** Fewer daily returns say nothing about a year. */
const FEWEST_DAYS = 30
/** 10^18, which a double holds exactly. */
const MONEY_UNIT = 1e18

/**
 * @param riskFreeRate annual, above −1
 * @param to last day of the period
 */
export function returnFigures(
  returns: readonly DayReturn[],
  moneyWeightedReturn: Figure,
  riskFreeRate: number,
  to: DayNumber,
): ReturnFigures {
  const linked = linkReturns(returns)
  const last = linked.points.at(-1)
  const drawdown = greatestDrawdown(linked.points)
  const cagr = compoundAnnualGrowth(linked, to)
  return {
    timeWeightedReturn: last === undefined ? noReturns(returns) : figureOf(formatFraction(last.index - ONE)),
    moneyWeightedReturn,
    cagr: typeof cagr === 'number' ? ratioFigure(cagr) : undefinedBecause(cagr),
    ...ratios(dailyRates(returns), power(1 + riskFreeRate, 1 / DAYS_PER_YEAR) - 1),
    calmar: calmar(cagr, drawdown),
    ...drawdownFigures(linked, drawdown, returns),
  }
}

/** What the statistics count: whole days since the first with capital; a later day without capital returned zero. */
function dailyRates(returns: readonly DayReturn[]): readonly number[] {
  const rates: number[] = []
  for (const { counts, rate, reason } of returns) {
    if (counts && reason !== 'unpriced') rates.push(rate === null ? 0 : toNumber(rate))
  }
  return rates
}

type Ratios = Pick<
  ReturnFigures,
  'volatility' | 'sharpe' | 'sortino' | 'omega' | 'valueAtRisk95' | 'conditionalValueAtRisk95'
>

/** @param target daily risk-free rate, also the least acceptable return */
export function ratios(rates: readonly number[], target: number): Ratios {
  if (rates.length < FEWEST_DAYS) {
    const tooFew = undefinedBecause('too_few_days')
    return {
      volatility: tooFew,
      sharpe: tooFew,
      sortino: tooFew,
      omega: tooFew,
      valueAtRisk95: tooFew,
      conditionalValueAtRisk95: tooFew,
    }
  }
  const excess = mean(rates) - target
  const deviation = sampleDeviation(rates)
  // Equal returns leave a deviation of rounding errors, which must not become a divisor.
  const varies = rates.some((rate) => rate !== rates[0])
  const downside = downsideDeviation(rates, target)
  const annual = Math.sqrt(DAYS_PER_YEAR)
  const noVariance = undefinedBecause('no_variance')
  const noLosses = undefinedBecause('no_losses')
  const tail = worstTwentieth(rates)
  return {
    volatility: varies ? ratioFigure(deviation * annual) : noVariance,
    sharpe: varies ? ratioFigure((excess / deviation) * annual) : noVariance,
    sortino: downside > 0 ? ratioFigure((excess / downside) * annual) : noLosses,
    omega: downside > 0 ? ratioFigure(omega(rates, target)) : noLosses,
    valueAtRisk95: ratioFigure(tail.valueAtRisk),
    conditionalValueAtRisk95: ratioFigure(tail.conditional),
  }
}

/** Σ max(0, r − target) / Σ max(0, target − r) */
function omega(rates: readonly number[], target: number): number {
  let gains = 0
  let losses = 0
  for (const rate of rates) {
    if (rate > target) gains += rate - target
    else losses += target - rate
  }
  return gains / losses
}

/** (1 + TWR)^(365 / days) − 1 over the calendar days from the first with capital to the last of the period. */
function compoundAnnualGrowth({ points, wiped }: LinkedReturns, to: DayNumber): number | Undefined {
  const [start] = points
  const end = points.at(-1)
  if (start === undefined || end === undefined) return 'no_capital'
  if (wiped) return 'wiped'
  const days = to - start.day
  if (days < FEWEST_DAYS) return 'too_few_days'
  return power(toNumber(end.index), DAYS_PER_YEAR / days) - 1
}

function calmar(cagr: number | Undefined, drawdown: Drawdown | null): Figure {
  if (typeof cagr !== 'number') return undefinedBecause(cagr)
  if (drawdown === null) return undefinedBecause('no_drawdown')
  return ratioFigure(cagr / -toNumber(drawdown.depth))
}

function drawdownFigures(
  { points }: LinkedReturns,
  drawdown: Drawdown | null,
  returns: readonly DayReturn[],
): Pick<ReturnFigures, 'maxDrawdown' | 'drawdownDays' | 'recoveryDays'> {
  if (points.length === 0) {
    const none = noReturns(returns)
    return { maxDrawdown: none, drawdownDays: none, recoveryDays: none }
  }
  if (drawdown === null) {
    const none = undefinedBecause('no_drawdown')
    return { maxDrawdown: figureOf(formatFraction(0n)), drawdownDays: none, recoveryDays: none }
  }
  const { depth, peak, trough, recovered } = drawdown
  return {
    maxDrawdown: figureOf(formatFraction(depth)),
    drawdownDays: figureOf(String(trough - peak)),
    recoveryDays: recovered === null ? undefinedBecause('not_recovered') : figureOf(String(recovered - trough)),
  }
}

/** No day has a return: because nothing was priced, or because there was nothing. */
function noReturns(returns: readonly DayReturn[]): Figure {
  return undefinedBecause(returns.some(({ reason }) => reason === 'unpriced') ? 'unpriced' : 'no_capital')
}

/** Both conversions round correctly, so the double is the same everywhere. */
export function toNumber(money: bigint): number {
  return Number(money) / MONEY_UNIT
}
