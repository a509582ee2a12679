/** Performance for people: the equity curve, the figures, the markets, the reconciliation. */
import type { DayValue, Performance } from '@perf-aggregator/performance'
import { chart } from './chart.ts'
import { CLOSED_COLUMNS, closedRows, completeness, marketColumns, marketRows, totals } from './figures.ts'
import { pairs, table } from './table.ts'
import { strong } from './terminal.ts'

const WIDEST_CURVE = 72

/** Columns left of the curve: the longest label and its tick. */
const MARGIN = 20

/** Account value at the end of each day, under the venues it is on; empty where there are not two days to draw. */
export function equityCurve(
  performance: Pick<Performance, 'completeness' | 'reportingCurrency'>,
  days: readonly DayValue[],
  height: number,
  room: number,
): string[] {
  const drawn = days.flatMap(({ day, nav }) => (nav.value === null ? [] : [{ day, value: Number(nav.value) }]))
  const lines = chart(
    drawn.map(({ value }) => value),
    Math.max(20, Math.min(room - MARGIN, WIDEST_CURVE)),
    height,
  )
  if (lines.length === 0) return []
  const venues = [...new Set(performance.completeness.map(({ venue }) => venue))].join(', ')
  const period = `${drawn[0]?.day} to ${drawn.at(-1)?.day}`
  return [strong(`${venues}: account value in ${performance.reportingCurrency}, ${period}`), ...lines]
}

export function performanceLines(performance: Performance, room: number): string[] {
  return [
    ...pairs(totals(performance), room),
    '',
    ...table(CLOSED_COLUMNS, closedRows(performance), room),
    '',
    ...table(marketColumns(performance.reportingCurrency), marketRows(performance), room),
    '',
    ...completeness(performance, room),
  ]
}
