import { manageTokens } from '@perf-aggregator/enclave'
import { type Command, Option } from 'commander'
import { table } from '../display/table.ts'
import { terminal } from '../display/terminal.ts'
import { configurationOf, type ServiceFlags, withService } from '../settings/service.ts'
import { UsageError } from '../settings/usage-error.ts'

interface CreateFlags extends ServiceFlags {
  readonly scope: 'records'
  readonly tenant: string
  readonly days: string
  readonly json?: boolean
}

export function tokenCommand(program: Command): void {
  const token = program.command('token').description('bearer tokens for applications (run where the enclave runs)')
  withService(token.command('create'))
    .description('make a token; it is shown once')
    .addOption(new Option('--scope <scope>', 'what it is for').choices(['records']).makeOptionMandatory())
    .option('--tenant <name>', 'whose records it opens', 'default')
    .option('--days <n>', 'how long it lives', '90')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ perf-aggregator token create --scope records --tenant clinic')
    .action(create)
  withService(token.command('list'))
    .description('tokens of a tenant, without their secrets')
    .option('--tenant <name>', 'whose', 'default')
    .option('--json', 'print JSON')
    .action(list)
  withService(token.command('revoke'))
    .description('make a token worthless')
    .argument('<id>', 'as list prints it')
    .option('--tenant <name>', 'whose', 'default')
    .action(revoke)
}

async function create(flags: CreateFlags): Promise<void> {
  const days = Number(flags.days)
  if (!Number.isSafeInteger(days) || days < 1) throw new UsageError('--days takes a whole number above zero')
  const made = await manageTokens(
    configurationOf(flags),
    async (tokens) => await tokens.create(flags.tenant, [flags.scope], days),
  )
  if (flags.json === true) terminal.print(JSON.stringify(made))
  else {
    terminal.print(made.token)
    terminal.remark(`token ${made.id} of ${flags.tenant}, until ${made.expiresAt}; it is not shown again`)
  }
}

async function list(flags: CreateFlags): Promise<void> {
  const tokens = await manageTokens(configurationOf(flags), async (store) => await store.list(flags.tenant))
  if (flags.json === true) terminal.print(JSON.stringify({ tokens }))
  else {
    const columns = [
      { title: 'id' },
      { title: 'scopes' },
      { title: 'created' },
      { title: 'expires' },
      { title: 'revoked' },
    ]
    for (const line of table(
      columns,
      tokens.map((one) => [one.id, one.scopes.join(' '), one.createdAt, one.expiresAt, one.revokedAt ?? '']),
    )) {
      terminal.print(line)
    }
  }
}

async function revoke(id: string, flags: CreateFlags): Promise<void> {
  await manageTokens(configurationOf(flags), async (tokens) => await tokens.revoke(flags.tenant, id))
  terminal.print(`revoked ${id}`)
}
