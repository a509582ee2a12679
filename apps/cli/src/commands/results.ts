/** `summary` and `metrics`: what the enclave has collected and what it comes to. Not signed; a certificate is. */
import type { Command } from 'commander'
import { metricsLines, summaryLines } from '../display/collection.ts'
import { jsonText } from '../display/json.ts'
import { terminal } from '../display/terminal.ts'
import { type TrustFlags, withTrust } from '../settings/connection.ts'
import { openSession, sessionPath } from '../settings/session-file.ts'

interface Flags extends TrustFlags {
  readonly session?: string
  readonly label: string
  readonly json?: boolean
}

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
  if (flags.json === true) terminal.print(jsonText(shown))
  else for (const line of summaryLines(shown, terminal.width)) terminal.print(line)
}

async function metrics(flags: Flags): Promise<void> {
  const session = await openSession(sessionFileOf(flags), flags)
  const shown = await session.getMetrics()
  if (flags.json === true) terminal.print(jsonText(shown))
  else for (const line of metricsLines(shown, terminal.width)) terminal.print(line)
}
