/** `perf-aggregator`: one tool for traders, readers and operators. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { attestCommand } from './commands/attest.ts'
import { certificateCommand } from './commands/certificate.ts'
import { demoCommand } from './commands/demo.ts'
import { logCommand } from './commands/log.ts'
import { migrateCommand } from './commands/migrate.ts'
import { registerCommand } from './commands/register.ts'
import { resultCommands } from './commands/results.ts'
import { revokeCommand } from './commands/revoke.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { serveCommand } from './commands/serve.ts'
import { tokenCommand } from './commands/token.ts'
import { terminal } from './display/terminal.ts'
import { refuseWrongUsage } from './settings/command-line.ts'
import { idsBehindOptions } from './settings/dashed-ids.ts'
import { EXIT, report } from './settings/failure.ts'
import { Interrupted } from './settings/interrupted.ts'

const program = new Command('perf-aggregator')
  .description('Prove how you trade without giving anyone your API keys')
  .version(ownVersion())
  .configureHelp({ helpWidth: terminal.width })
  .addHelpText(
    'after',
    `
Examples:
  $ perf-aggregator demo
  $ perf-aggregator register --exchange kraken --allow-simulator
  $ perf-aggregator certificate verify certificate.json --allow-simulator`,
  )

for (const add of [
  registerCommand,
  resultCommands,
  certificateCommand,
  revokeCommand,
  logCommand,
  attestCommand,
  serveCommand,
  migrateCommand,
  tokenCommand,
  sandboxCommand,
  demoCommand,
]) {
  add(program)
}
refuseWrongUsage(program)

// Whoever read the output has left: there is nobody to go on for.
process.stdout.on('error', () => process.exit(EXIT.failed))

try {
  await program.parseAsync(idsBehindOptions(process.argv.slice(2), program), { from: 'user' })
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'), terminal)
  if (error instanceof Interrupted) {
    // What was drawn and is now old goes; what was under way is not waited for.
    terminal.redraw('')
    process.exit()
  }
}

function ownVersion(): string {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }
  return own.version
}
