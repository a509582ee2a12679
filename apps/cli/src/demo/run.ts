/**
 * The whole way, from a trader's keys to a certificate a stranger verifies, and the other side of it: what is altered
 * is refused, what is revoked is gone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientError, type ClientKey, generateClientKey, SecureClient } from '@perf-aggregator/client'
import { type Sandbox, startSandbox, type VenueId } from '@perf-aggregator/venue-sandbox'
import { whole } from '../display/figures.ts'
import { equityCurve, performanceLines } from '../display/performance.ts'
import { progress, progressLine } from '../display/progress.ts'
import { faint, good, strong, terminal } from '../display/terminal.ts'
import { EXIT } from '../settings/failure.ts'
import { withOneDigitAltered } from './alter.ts'
import { type EnclaveProcess, startEnclaveProcess } from './enclave-process.ts'
import { checkRecording, type Recording } from './recording.ts'
import { verifyInProcess } from './verify-process.ts'

export interface DemoOptions {
  readonly out: string
  readonly trades?: string
  readonly pageSize?: number
  readonly fills?: number
  readonly dataDirectory?: string
}

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']

/** Local venues need not be as slow as real ones. */
const RATE_LIMIT_SCALE = 1_000
const CURVE_HEIGHT = 4

/** Runs the demo and returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const started = performance.now()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(EXIT.failed))
  mkdirSync(options.out, { recursive: true })
  const temporary = options.dataDirectory === undefined ? mkdtempSync(join(tmpdir(), 'perf-aggregator-demo-')) : null
  const recording = options.trades === undefined ? null : checkRecording(options.trades)

  step('Local venues and the enclave')
  const sandbox = await startSandbox({
    rateLimitScale: RATE_LIMIT_SCALE,
    ...(options.trades === undefined ? {} : { trades: options.trades }),
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    ...(options.fills === undefined ? {} : { fillsPerAccount: options.fills }),
  })
  let enclave: EnclaveProcess | null = null
  try {
    const dataDirectory = options.dataDirectory ?? temporary ?? options.out
    const logFile = join(options.out, 'enclave.log')
    enclave = await startEnclaveProcess({ dataDirectory, sandboxUrl: sandbox.discoveryUrl, logFile })
    for (const venue of VENUES)
      say(`${venue.padEnd(9)} ${sandbox.venues[venue].url} ${faint('SANDBOX, invented accounts')}`)
    say(`enclave   ${enclave.url} ${faint('SIMULATOR, embedded PGlite')}`)
    say(`release   ${enclave.release}`)

    const clients = await registerAccounts(sandbox, enclave)
    await showCertificate(clients, enclave, options, recording)
    await revokeAll(clients)
  } finally {
    await enclave?.stop()
    await sandbox.stop()
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true })
  }
  say(`\n${good('done')} in ${seconds(started)}`)
  return 0
}

async function registerAccounts(sandbox: Sandbox, enclave: EnclaveProcess): Promise<readonly SecureClient[]> {
  step('A trader registers three accounts: attestation verified, credentials sealed with X-Wing')
  const clientKey: ClientKey = await generateClientKey()
  const clients: SecureClient[] = []
  for (const venue of VENUES) {
    const { apiKey, apiSecret } = sandbox.credentials[venue].readOnly
    const client = new SecureClient({
      enclaveUrl: enclave.url,
      allowSimulator: true,
      measurements: [enclave.release],
      exchange: venue,
      label: venue,
      userId: 'demo-trader',
      apiKey,
      secret: apiSecret,
      clientKey,
    })
    const { account, expiresAt } = await client.register()
    say(`${venue.padEnd(9)} account ${account}, read-only key accepted, until ${expiresAt}`)
    clients.push(client)
  }
  const { apiKey, apiSecret } = sandbox.credentials.binance.trading
  await refused('a key that can trade', async () => {
    await new SecureClient({
      enclaveUrl: enclave.url,
      allowSimulator: true,
      exchange: 'binance',
      apiKey,
      secret: apiSecret,
    }).register()
  })
  return clients
}

async function showCertificate(
  clients: readonly SecureClient[],
  enclave: EnclaveProcess,
  options: DemoOptions,
  recording: Recording | null,
): Promise<void> {
  step('Collection')
  const [first, ...others] = clients
  if (first === undefined) throw new Error('no account was registered')
  const collecting = performance.now()
  const line = progress(terminal)
  const issued = await first.requestCertificate({
    include: others,
    onProgress: (summaries) => {
      const sum = (count: (summary: (typeof summaries)[number]) => number): number =>
        summaries.reduce((total, one) => total + count(one), 0)
      const total = sum(({ collection }) => collection.streams.total)
      const caughtUp = sum(({ collection }) => collection.streams.caught_up)
      const fills = sum(({ collection }) => collection.fills)
      line.show(progressLine('  collecting', total === 0 ? null : caughtUp / total, `${whole(fills)} fills`))
    },
  })
  const { claims } = issued.certificate
  const fills = claims.accounts.reduce((total, { collection }) => total + collection.fills, 0)
  line.done(`  ${whole(fills)} fills collected, measured, signed and logged in ${seconds(collecting)}`)
  for (const { venue, collection } of claims.accounts) {
    say(
      `${venue.padEnd(9)} ${whole(collection.fills)} fills, ${whole(collection.flows)} flows in ${whole(collection.pages)} pages; delivered again: ${whole(collection.duplicates)}, changed: ${collection.conflicts}`,
    )
  }
  if (recording !== null) compare(recording, claims.accounts, options.pageSize)

  step('The accounts')
  for (const client of clients) {
    const { performance: figures, days } = await client.getMetrics()
    if (figures !== null) print(equityCurve(`Account value, ${figures.reportingCurrency}`, days, CURVE_HEIGHT))
  }
  step(`The ${clients.length} accounts together, as certified`)
  print(performanceLines(claims.performance))

  step('The certificate, verified offline by another process')
  const file = join(options.out, 'certificate.json')
  writeFileSync(file, issued.file)
  const genuine = verifyInProcess(file, enclave.release)
  print(genuine.lines)
  if (genuine.exitCode !== 0) throw new Error('the genuine certificate was not verified')

  step('The same with one digit altered')
  const altered = withOneDigitAltered(issued.file)
  const alteredFile = join(options.out, 'certificate-altered.json')
  writeFileSync(alteredFile, altered.file)
  say(altered.change)
  const forged = verifyInProcess(alteredFile, enclave.release)
  print(forged.lines.filter((one) => /FAIL|NOT VERIFIED/.test(one)))
  if (forged.exitCode === 0) throw new Error('an altered certificate was accepted')
}

async function revokeAll(clients: readonly SecureClient[]): Promise<void> {
  step('The sessions are revoked')
  for (const client of clients) {
    const { purged } = await client.revoke()
    say(
      `destroyed ${purged.credentials} credentials, ${whole(purged.fills)} events, ${purged.certificates} certificates`,
    )
    await refused('its session', async () => void (await client.getSummary()))
  }
}

/** Does what must be refused, and says how it was. */
async function refused(what: string, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    say(`${good('refused')} ${what}: ${error.code}`)
    return
  }
  throw new Error(`${what} was not refused`)
}

function compare(
  recording: Recording,
  accounts: readonly { venue: string; collection: { fills: number } }[],
  pageSize?: number,
): void {
  const collected = accounts.find(({ venue }) => venue === 'binance')?.collection.fills ?? 0
  say(
    `recorded  ${whole(recording.trades)} trades in the file, ${whole(recording.sharing)} share a millisecond with another (${recording.most} at most); page size ${pageSize ?? 'as the venue’s'}`,
  )
  if (collected !== recording.trades) throw new Error(`${collected} fills were collected of ${recording.trades}`)
  say(`${good('exactly once')}  ${whole(collected)} of ${whole(recording.trades)}, and the certificate says so`)
}

function step(title: string): void {
  terminal.print(`\n${strong(title)}`)
}

function say(text: string): void {
  terminal.print(`  ${text}`)
}

function print(lines: readonly string[]): void {
  for (const line of lines) say(line)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
