import type { Command } from 'commander'
import { jsonText } from '../display/json.ts'
import { terminal } from '../display/terminal.ts'
import { configurationOf, loadEnclave } from '../settings/service.ts'

export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the PostgreSQL database of DATABASE_URL up to date (the embedded one does so by itself)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ DATABASE_URL=postgresql://owner@localhost/perf perf-aggregator migrate')
    .action(async (flags: { readonly json?: boolean }) => {
      const { databaseUrl } = await configurationOf({})
      const { migrateServer } = await loadEnclave()
      const applied = databaseUrl === null ? [] : await migrateServer(databaseUrl)
      if (flags.json === true) terminal.print(jsonText({ applied }))
      else if (databaseUrl === null)
        terminal.print('nothing to do: without DATABASE_URL the embedded database migrates itself at start')
      else terminal.print(applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`)
    })
}
