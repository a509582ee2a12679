#!/usr/bin/env node
/** `perf-aggregator`: one tool for traders, readers and operators. */
import { Command } from 'commander'
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
import { EXIT, report } from './settings/failure.ts'

const program = new Command('perf-aggregator')
  .description('Prove how you trade without giving anyone your API keys')
  .showHelpAfterError('(--help shows how)')
  .exitOverride((ended) => process.exit(ended.exitCode === 0 ? 0 : EXIT.usage))

for (const add of [
  registerCommand,
  resultCommands,
  certificateCommand,
  revokeCommand,
  logCommand,
  serveCommand,
  migrateCommand,
  tokenCommand,
  sandboxCommand,
  demoCommand,
]) {
  add(program)
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'), terminal)
}
