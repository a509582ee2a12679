/** Figures as people read them. Numbers are rounded for the eye only; `--json` and the certificate hold them exactly. */
import type { ClosedFigures, Figure, Performance } from '@perf-aggregator/performance'
import { type Column, grid } from './table.ts'
import { bad, faint, good } from './terminal.ts'

const REASONS: Readonly<Record<string, string>> = {
  no_fills: 'no fills',
  no_losses: 'no losses',
  no_wins: 'no wins',
  no_capital: 'no capital',
  no_variance: 'no variance',
  no_drawdown: 'no drawdown',
  too_few_days: 'too few days',
  unpriced: 'no price',
}

const undefinedFigure = (reason: string): string => faint(`– ${REASONS[reason] ?? reason.replaceAll('_', ' ')}`)

/** Cents; below a cent two digits that are not zero, so that a result in bitcoin does not read as nothing. */
function rounded(value: string): string {
  const number = Number(value)
  const digits =
    number !== 0 && Math.abs(number) < 0.01
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return number.toLocaleString('en-GB', digits)
}

/** `text` with the sign and the colour of `value`; nothing gained and nothing lost has neither. */
function signed(value: string, text: string): string {
  if (Number(value) === 0) return text
  return value.startsWith('-') ? bad(text) : good(`+${text}`)
}

export function amount(figure: Figure, currency: string): string {
  return figure.value === null ? undefinedFigure(figure.reason) : `${rounded(figure.value)} ${currency}`
}

/** An amount whose sign matters. */
export function gain(figure: Figure, currency: string): string {
  const text = amount(figure, currency)
  return figure.value === null ? text : signed(figure.value, text)
}

export function percent(figure: Figure): string {
  if (figure.value === null) return undefinedFigure(figure.reason)
  return `${(Number(figure.value) * 100).toFixed(2)} %`
}

export function signedPercent(figure: Figure): string {
  const text = percent(figure)
  return figure.value === null ? text : signed(figure.value, text)
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
    ['fills', whole(total.fills)],
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
  ]
}

/** The two views of what a closed trade is, side by side: neither is the only right one. */
export const CLOSED_COLUMNS: readonly Column[] = [
  { title: 'closed trades' },
  { title: 'lot matches', align: 'right' },
  { title: 'round trips', align: 'right' },
]

export function closedRows({ total, reportingCurrency: currency }: Performance): string[][] {
  const row = (name: string, show: (figures: ClosedFigures) => string): string[] => [
    name,
    show(total.lotMatches),
    show(total.roundTrips),
  ]
  return [
    row('count', ({ count }) => whole(count)),
    row('win rate', ({ winRate }) => percent(winRate)),
    row('profit factor', ({ profitFactor }) => ratio(profitFactor)),
    row('payoff', ({ payoff }) => ratio(payoff)),
    row('expectancy', ({ expectancy }) => gain(expectancy, currency)),
    row('average holding', ({ averageHoldingSeconds }) => duration(averageHoldingSeconds)),
    row('largest win, of all won', ({ largestWinShare }) => percent(largestWinShare)),
  ]
}

/** The currency is named once, above: a row has to fit a line. */
export function marketColumns(currency: string): readonly Column[] {
  return [
    { title: 'market' },
    { title: 'venue' },
    { title: 'fills', align: 'right' },
    { title: `volume, ${currency}`, align: 'right' },
    { title: 'realised', align: 'right' },
    { title: 'unrealised', align: 'right' },
    { title: 'win rate, lots', align: 'right' },
  ]
}

export function marketRows(performance: Performance): string[][] {
  const bare = (figure: Figure): string => (figure.value === null ? faint('–') : rounded(figure.value))
  const bareGain = (figure: Figure): string => (figure.value === null ? faint('–') : signed(figure.value, bare(figure)))
  return performance.markets.map((market) => [
    market.market,
    market.venue,
    whole(market.fills),
    bare(market.volume),
    bareGain(market.realisedPnl),
    bareGain(market.unrealisedPnl),
    market.lotMatches.winRate.value === null ? faint('–') : percent(market.lotMatches.winRate),
  ])
}

/** One row per account: does opening + fills + flows equal closing? */
export function completeness(performance: Performance, room: number): string[] {
  return grid(
    performance.completeness.map((account) => {
      const name = `${account.venue} ${faint(account.account)}`
      if (account.complete) {
        return [good('complete'), name, `opening + fills + flows = closing, ${account.assets.length} assets`]
      }
      const off = account.assets.filter(({ withinTolerance }) => !withinTolerance)
      return [bad('residual'), name, off.map(({ asset, residual }) => `${asset} ${residual}`).join(', ')]
    }),
    room,
  )
}
