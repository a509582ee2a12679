import { type Command, Option } from 'commander'
import { jsonText } from '../display/json.ts'
import { table } from '../display/table.ts'
import { terminal } from '../display/terminal.ts'
import { wholeNumber } from '../settings/numbers.ts'
import { configurationOf, loadEnclave, type ServiceFlags, withService } from '../settings/service.ts'

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
    .addHelpText('after', '\nExample:\n  $ perf-aggregator token list --tenant clinic')
    .action(list)
  withService(token.command('revoke'))
    .description('make a token worthless')
    .argument('<id>', 'as list prints it')
    .option('--tenant <name>', 'whose', 'default')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ perf-aggregator token revoke 7b1c0c9e-… --tenant clinic')
    .action(revoke)
}

async function create(flags: CreateFlags): Promise<void> {
  const days = wholeNumber('--days', flags.days)
  const made = await withTokens(flags, async (tokens) => await tokens.create(flags.tenant, [flags.scope], days))
  if (flags.json === true) terminal.print(jsonText(made))
  else {
    terminal.print(made.token)
    terminal.remark(`token ${made.id} of ${flags.tenant}, until ${made.expiresAt}; it is not shown again`)
  }
}

async function list(flags: CreateFlags): Promise<void> {
  const tokens = await withTokens(flags, async (store) => await store.list(flags.tenant))
  if (flags.json === true) terminal.print(jsonText({ tokens }))
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
      tokens.map((one) => [one.id, one.scopes.join(' '), day(one.createdAt), day(one.expiresAt), day(one.revokedAt)]),
      terminal.width,
    )) {
      terminal.print(line)
    }
  }
}

async function revoke(id: string, flags: CreateFlags): Promise<void> {
  await withTokens(flags, async (tokens) => await tokens.revoke(flags.tenant, id))
  terminal.print(flags.json === true ? jsonText({ revoked: id }) : `revoked ${id}`)
}

type Tokens = Parameters<Parameters<Awaited<ReturnType<typeof loadEnclave>>['manageTokens']>[1]>[0]

async function withTokens<T>(flags: ServiceFlags, work: (tokens: Tokens) => Promise<T>): Promise<T> {
  const { manageTokens } = await loadEnclave()
  return await manageTokens(await configurationOf(flags), work)
}

/** The day is what people look for; `--json` has the second. */
function day(instant: string | null): string {
  return instant?.slice(0, 10) ?? ''
}
