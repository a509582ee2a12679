/** `summary` and `metrics`: what the enclave has collected and what it comes to. Not signed; a certificate is. */
import type { Collection, MetricsResponse, SummaryResponse } from '@perf-aggregator/contracts'
import type { Command } from 'commander'
import { amount, gain, ratio, signedPercent, whole } from '../display/figures.ts'
import { equityCurve, performanceLines } from '../display/performance.ts'
import { pairs } from '../display/table.ts'
import { bad, good, terminal } from '../display/terminal.ts'
import { type TrustFlags, withTrust } from '../settings/connection.ts'
import { openSession, sessionPath } from '../settings/session-file.ts'

interface Flags extends TrustFlags {
  readonly session?: string
  readonly label: string
  readonly json?: boolean
}

const CHART_HEIGHT = 8

export function resultCommands(program: Command): void {
  withSession(program.command('summary').description('where the collection stands, and the headline figures'))
    .addHelpText('after', '\nExample:\n  $ perf-aggregator summary --label main --allow-simulator')
    .action(summary)
  withSession(program.command('metrics').description('every figure, the equity curve, and the reconciliation'))
    .addHelpText(
      'after',
      '\nExample:\n  $ perf-aggregator metrics --json --allow-simulator | jq .performance.total.sharpe',
    )
    .action(metrics)
}

/** Options of every command that goes on with a registered session. */
export function withSession(command: Command): Command {
  return withTrust(command)
    .option('--session <file>', 'the session file that register wrote')
    .option('--label <name>', 'the account, where --session is not given', 'main')
    .option('--json', 'print JSON')
}

export function sessionFileOf(flags: { readonly session?: string; readonly label: string }): string {
  return flags.session ?? sessionPath(flags.label)
}

async function summary(flags: Flags): Promise<void> {
  const session = await openSession(sessionFileOf(flags), flags)
  const shown = await session.getSummary()
  if (flags.json === true) {
    terminal.print(JSON.stringify(shown))
    return
  }
  printLines(
    pairs(
      [
        ['account', `${shown.account} (${shown.exchange}, ${shown.label})`],
        ['until', shown.expires_at],
        ...collectionRows(shown.collection),
        ...headlineRows(shown),
      ],
      terminal.width,
    ),
  )
}

async function metrics(flags: Flags): Promise<void> {
  const session = await openSession(sessionFileOf(flags), flags)
  const shown = await session.getMetrics()
  if (flags.json === true) terminal.print(JSON.stringify(shown))
  else printMetrics(shown)
}

function printMetrics({ collection, performance, days }: MetricsResponse): void {
  if (performance === null) {
    printLines(pairs([...collectionRows(collection), ['figures', notYet(collection)]], terminal.width))
    return
  }
  printLines([
    ...equityCurve(performance, days, CHART_HEIGHT, terminal.width),
    '',
    ...performanceLines(performance, terminal.width),
  ])
}

function headlineRows({ headline, collection }: SummaryResponse): (readonly [string, string])[] {
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

function collectionRows(collection: Collection): (readonly [string, string])[] {
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

function printLines(lines: readonly string[]): void {
  for (const line of lines) terminal.print(line)
}
