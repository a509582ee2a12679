/** Figures as people read them. Numbers are rounded for the eye only; `--json` and the certificate hold them exactly. */
import type { Figure, Performance } from '@perf-aggregator/performance'
import { bad, faint, good } from './terminal.ts'

const REASONS: Readonly<Record<string, string>> = {
  no_fills: 'no fills',
  no_round_trips: 'no closed position',
  no_losses: 'no losses',
  no_wins: 'no wins',
  no_capital: 'no capital',
  no_variance: 'no variance',
  no_drawdown: 'no drawdown',
  too_few_days: 'too few days',
  unpriced: 'no price',
}

const undefinedFigure = (reason: string): string => faint(`– ${REASONS[reason] ?? reason.replaceAll('_', ' ')}`)

export function amount(figure: Figure, currency: string): string {
  if (figure.value === null) return undefinedFigure(figure.reason)
  const text = Number(figure.value).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return `${text} ${currency}`
}

/** An amount whose sign matters. */
export function gain(figure: Figure, currency: string): string {
  const text = amount(figure, currency)
  if (figure.value === null) return text
  return figure.value.startsWith('-') ? bad(text) : good(`+${text}`)
}

export function percent(figure: Figure): string {
  if (figure.value === null) return undefinedFigure(figure.reason)
  return `${(Number(figure.value) * 100).toFixed(2)} %`
}

export function signedPercent(figure: Figure): string {
  const text = percent(figure)
  if (figure.value === null) return text
  return figure.value.startsWith('-') ? bad(text) : good(`+${text}`)
}

export function ratio(figure: Figure): string {
  return figure.value === null ? undefinedFigure(figure.reason) : Number(figure.value).toFixed(2)
}

export function duration(figure: Figure): string {
  if (figure.value === null) return undefinedFigure(figure.reason)
  const hours = Number(figure.value) / 3600
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`
}

export const whole = (count: number): string => count.toLocaleString('en-GB')

/** `name, value` rows of the totals, in the order people look for them. */
export function totals(performance: Performance): (readonly [string, string])[] {
  const { total, reportingCurrency: currency, period } = performance
  return [
    ['period', `${period.from} to ${period.to} (${whole(period.days)} days)`],
    ['fills', `${whole(total.fills)} (${whole(total.roundTrips)} round trips)`],
    ['volume', amount(total.volume, currency)],
    ['fees', amount(total.fees, currency)],
    ['net flows', amount(performance.netFlows, currency)],
    ['value at the end', amount(performance.closing, currency)],
    ['realised PnL', gain(total.realisedPnl, currency)],
    ['unrealised PnL', gain(total.unrealisedPnl, currency)],
    ['time-weighted return', signedPercent(total.timeWeightedReturn)],
    ['money-weighted return', signedPercent(total.moneyWeightedReturn)],
    ['CAGR', signedPercent(total.cagr)],
    ['volatility', percent(total.volatility)],
    ['Sharpe', ratio(total.sharpe)],
    ['Sortino', ratio(total.sortino)],
    ['Calmar', ratio(total.calmar)],
    ['Omega', ratio(total.omega)],
    ['max drawdown', signedPercent(total.maxDrawdown)],
    ['VaR 95 %, one day', percent(total.valueAtRisk95)],
    ['CVaR 95 %, one day', percent(total.conditionalValueAtRisk95)],
    ['win rate', percent(total.winRate)],
    ['profit factor', ratio(total.profitFactor)],
    ['expectancy', gain(total.expectancy, currency)],
    ['average holding', duration(total.averageHoldingSeconds)],
  ]
}

export const MARKET_COLUMNS = [
  { title: 'market' },
  { title: 'venue' },
  { title: 'fills', align: 'right' },
  { title: 'volume', align: 'right' },
  { title: 'realised', align: 'right' },
  { title: 'unrealised', align: 'right' },
  { title: 'win rate', align: 'right' },
] as const

export function marketRows(performance: Performance): string[][] {
  const currency = performance.reportingCurrency
  return performance.markets.map((market) => [
    market.market,
    market.venue,
    whole(market.fills),
    amount(market.volume, currency),
    gain(market.realisedPnl, currency),
    gain(market.unrealisedPnl, currency),
    percent(market.winRate),
  ])
}

/** One sentence per account: does opening + fills + flows equal closing? */
export function completeness(performance: Performance): string[] {
  return performance.completeness.map((account) => {
    const off = account.assets.filter(({ withinTolerance }) => !withinTolerance)
    const name = `${account.venue} ${faint(account.account)}`
    if (account.complete)
      return `${good('complete')}  ${name}: ${account.assets.length} assets, opening + fills + flows = closing`
    const assets = off.map(({ asset, residual }) => `${asset} ${residual}`).join(', ')
    return `${bad('residual')}  ${name}: ${assets}`
  })
}
