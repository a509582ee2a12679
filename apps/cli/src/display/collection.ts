/** What the enclave has collected of one account, and what it comes to: for people. */
import type { Collection, MetricsResponse, SummaryResponse } from '@perf-aggregator/contracts'
import { amount, gain, ratio, signedPercent, whole } from './figures.ts'
import { equityCurve, performanceLines } from './performance.ts'
import { pairs } from './table.ts'
import { bad, good } from './terminal.ts'

const CURVE_HEIGHT = 8

type Row = readonly [name: string, value: string]

export function summaryLines(summary: SummaryResponse, room: number): string[] {
  const rows: readonly Row[] = [
    ['account', `${summary.account} (${summary.exchange}, ${summary.label})`],
    ['until', summary.expires_at],
    ...collectionRows(summary.collection),
    ...headlineRows(summary),
  ]
  return pairs(rows, room)
}

export function metricsLines({ collection, performance, days }: MetricsResponse, room: number): string[] {
  if (performance === null) return pairs([...collectionRows(collection), ['figures', notYet(collection)]], room)
  const curve = equityCurve(performance, days, CURVE_HEIGHT, room)
  return [...curve, ...(curve.length === 0 ? [] : ['']), ...performanceLines(performance, room)]
}

function headlineRows({ headline, collection }: SummaryResponse): Row[] {
  if (headline === null) return [['figures', notYet(collection)]]
  return [
    ['value', amount(headline.closing, headline.reportingCurrency)],
    ['realised PnL', gain(headline.realisedPnl, headline.reportingCurrency)],
    ['time-weighted return', signedPercent(headline.timeWeightedReturn)],
    ['Sharpe', ratio(headline.sharpe)],
    ['max drawdown', signedPercent(headline.maxDrawdown)],
  ]
}

/** Why there is nothing to measure yet, and what to do about it. */
function notYet({ state }: Collection): string {
  switch (state) {
    case 'collecting':
      return 'not yet: the history is still being read; ask again in a moment'
    case 'up_to_date':
      return 'not yet: they are being measured; ask again in a moment'
    case 'venue_unavailable':
      return 'not yet: the venue does not answer; the enclave goes on trying'
    case 'key_refused':
      return 'none: the venue refuses the key; register again with one that works'
  }
}

function collectionRows(collection: Collection): Row[] {
  const state = collection.state.replaceAll('_', ' ')
  const { streams } = collection
  return [
    [
      'collection',
      collection.state === 'up_to_date' ? good(state) : collection.state === 'collecting' ? state : bad(state),
    ],
    [
      'collected',
      `${whole(collection.fills)} fills and ${whole(collection.flows)} flows in ${whole(collection.pages)} pages, ${streams.caught_up} of ${streams.total} histories read to their end`,
    ],
    ...(collection.gaps.length === 0
      ? []
      : [['gaps', bad(`${collection.gaps.length} (history the venue will not show)`)] as const]),
    ...(collection.last_error === null ? [] : [['last error', collection.last_error] as const]),
  ]
}
