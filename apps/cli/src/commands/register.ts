import { generateClientKey, SecureClient } from '@perf-aggregator/client'
import { type Command, Option } from 'commander'
import { jsonText } from '../display/json.ts'
import { pairs } from '../display/table.ts'
import { terminal } from '../display/terminal.ts'
import { type ConnectionFlags, trustOf, withConnection } from '../settings/connection.ts'
import { wholeNumber } from '../settings/numbers.ts'
import { readSecret } from '../settings/secret.ts'
import { clientKeyOf, keepEarlier, prepareSessionFile, sessionPath, writeSession } from '../settings/session-file.ts'

interface Flags extends ConnectionFlags {
  readonly exchange: 'binance' | 'coinbase' | 'kraken'
  readonly label: string
  readonly ttl: string
  readonly symbol?: readonly string[]
  readonly userId?: string
  readonly suite: 'x-wing' | 'x25519'
  readonly session?: string
  readonly with?: string
  readonly apiKey?: string
  readonly apiKeyFile?: string
  readonly secret?: string
  readonly secretFile?: string
  readonly passphraseFile?: string
  readonly json?: boolean
}

export function registerCommand(program: Command): void {
  withConnection(program.command('register'))
    .description('verify the enclave, seal read-only exchange credentials to it, and keep the session')
    .addOption(
      new Option('--exchange <name>', 'the venue').choices(['binance', 'coinbase', 'kraken']).makeOptionMandatory(),
    )
    .option('--label <name>', 'name of the account among your own', 'main')
    .option('--ttl <seconds>', 'how long the enclave may hold the credentials', '86400')
    .option('--symbol <symbol...>', 'markets to look at first, for example BTCUSDT')
    .option('--with <session-file>', 'bind it to the key of that session, so that one certificate can be of both')
    .option('--user-id <id>', 'a name of yours, the same for all such accounts; only its pseudonym is stored')
    .addOption(
      new Option('--suite <name>', 'how credentials are sealed').choices(['x-wing', 'x25519']).default('x-wing'),
    )
    .option('--session <file>', 'where to keep the session (default: by label, in your configuration folder)')
    .option('--api-key-file <file>', 'file that holds the API key (or API_KEY, or the prompt)')
    .option('--secret-file <file>', 'file that holds the secret (or API_SECRET, or the prompt)')
    .option('--passphrase-file <file>', 'file that holds the passphrase (or API_PASSPHRASE), where the venue has one')
    .addOption(new Option('--api-key <key>', 'works, but stays in the shell history').hideHelp())
    .addOption(new Option('--secret <secret>', 'works, but stays in the shell history').hideHelp())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ perf-aggregator register --exchange binance --measurement $(npm run -s measure | head -1)
  $ API_KEY=… API_SECRET=… perf-aggregator register --exchange kraken --label swing --allow-simulator
  $ perf-aggregator register --exchange coinbase --api-key-file key.txt --secret-file key.pem --allow-simulator
  $ perf-aggregator register --exchange kraken --session second.json --with first.json --allow-simulator`,
    )
    .action(register)
}

async function register(flags: Flags): Promise<void> {
  const trust = trustOf(flags)
  const ttl = wholeNumber('--ttl', flags.ttl)
  const path = flags.session ?? sessionPath(flags.label)
  prepareSessionFile(path)
  const clientKey = await (flags.with === undefined
    ? generateClientKey({ extractable: true })
    : clientKeyOf(flags.with))
  const secret = async (
    name: string,
    flag: string,
    variable: string,
    argument?: string,
    file?: string,
  ): Promise<string> => (await readSecret({ name, flag, variable, argument, file, required: true }, terminal)) ?? ''
  const apiKey = await secret('API key', '--api-key', 'API_KEY', flags.apiKey, flags.apiKeyFile)
  const apiSecret = await secret('API secret', '--secret', 'API_SECRET', flags.secret, flags.secretFile)
  const passphrase = await readSecret(
    {
      name: 'passphrase',
      flag: '--passphrase',
      variable: 'API_PASSPHRASE',
      argument: undefined,
      file: flags.passphraseFile,
      required: false,
    },
    terminal,
  )
  const client = new SecureClient({
    enclaveUrl: flags.url,
    ...trust,
    exchange: flags.exchange,
    apiKey,
    secret: apiSecret,
    label: flags.label,
    ttl,
    suite: flags.suite,
    clientKey,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(flags.symbol === undefined ? {} : { symbols: flags.symbol }),
    ...(flags.userId === undefined ? {} : { userId: flags.userId }),
  })
  const registration = await client.register()
  const kept = keepEarlier(path)
  writeSession(path, await client.exportSession())
  if (kept !== null) {
    terminal.remark(`what ${path} held before is kept in ${kept}`)
    terminal.remark(`if that session is still open, "perf-aggregator revoke --session ${kept}" ends it`)
  }
  if (flags.json === true) {
    const { sessionId: _, ...shown } = registration
    terminal.print(jsonText({ ...shown, session_file: path }))
    return
  }
  for (const line of pairs(
    [
      ['account', `${registration.account} (${registration.exchange}, ${registration.label})`],
      ['until', registration.expiresAt],
      ['session', path],
    ],
    terminal.width,
  )) {
    terminal.print(line)
  }
}
