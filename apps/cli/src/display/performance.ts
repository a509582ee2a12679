/** Performance for people: the equity curve, the figures, the markets, the reconciliation. */
import type { DayValue, Performance } from '@perf-aggregator/performance'
import { chart } from './chart.ts'
import { completeness, MARKET_COLUMNS, marketRows, totals } from './figures.ts'
import { pairs, table } from './table.ts'
import { strong, terminal } from './terminal.ts'

/** Account value at the end of each day; empty where there are not two days to draw. */
export function equityCurve(title: string, days: readonly DayValue[], height: number): string[] {
  const values = days.flatMap(({ nav }) => (nav.value === null ? [] : [Number(nav.value)]))
  const lines = chart(values, Math.max(20, Math.min(terminal.width - 20, 72)), height)
  const [first, last] = [days[0]?.day, days.at(-1)?.day]
  return lines.length === 0 ? [] : [strong(`${title}, ${first} to ${last}`), ...lines]
}

export function performanceLines(performance: Performance): string[] {
  return [
    ...pairs(totals(performance)),
    '',
    ...table(MARKET_COLUMNS, marketRows(performance)),
    '',
    ...completeness(performance),
  ]
}
