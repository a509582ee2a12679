/**
 * The whole way, from a trader's keys to a certificate a stranger verifies, and the other side of it: what is altered
 * is refused, what is revoked is gone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import {
  ClientError,
  type ClientKey,
  generateClientKey,
  type IssuedCertificate,
  SecureClient,
} from '@perf-aggregator/client'
import { type Sandbox, startSandbox, type VenueId } from '@perf-aggregator/venue-sandbox'
import { whole } from '../display/figures.ts'
import { equityCurve, performanceLines } from '../display/performance.ts'
import { collectingLine, progress } from '../display/progress.ts'
import { faint, good, terminal } from '../display/terminal.ts'
import { reason } from '../settings/files.ts'
import { UsageError } from '../settings/usage-error.ts'
import { withOneDigitAltered } from './alter.ts'
import { type EnclaveAddress, startEnclaveProcess } from './enclave-process.ts'
import { interruption } from './interruption.ts'
import { ROOM, say, seconds, step } from './narration.ts'
import { checkRecording, type Recording } from './recording.ts'
import { verifyInProcess } from './verify-process.ts'

export interface DemoOptions {
  readonly out: string
  readonly trades?: string
  readonly pageSize?: number
  readonly fills?: number
  readonly dataDirectory?: string
}

/** What the demo started and has to stop, last first. */
type Stops = (() => Promise<void>)[]

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']

/** Local venues need not be as slow as real ones. */
const RATE_LIMIT_SCALE = 1_000
const CURVE_HEIGHT = 4

/** Runs the demo; rejects where a step does not come out as it must. Whatever happens, nothing it started goes on. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const started = performance.now()
  const recording = options.trades === undefined ? null : checkRecording(options.trades)
  makeFolder(options.out)
  const stops: Stops = []
  try {
    await Promise.race([interruption(), walk(options, recording, stops)])
  } finally {
    for (const stop of stops.splice(0).toReversed()) await stop()
  }
  say('', `${good('done')} in ${seconds(started)}`)
}

async function walk(options: DemoOptions, recording: Recording | null, stops: Stops): Promise<void> {
  step('Local venues and the enclave')
  const sandbox = await startSandbox({
    rateLimitScale: RATE_LIMIT_SCALE,
    ...(options.trades === undefined ? {} : { trades: options.trades }),
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    ...(options.fills === undefined ? {} : { fillsPerAccount: options.fills }),
  })
  stops.push(async () => await sandbox.stop())
  const process = startEnclaveProcess({
    dataDirectory: options.dataDirectory ?? temporaryFolder(),
    sandboxUrl: sandbox.discoveryUrl,
    logFile: join(options.out, 'enclave.log'),
  })
  stops.push(async () => await process.stop())
  const enclave = await process.ready
  for (const venue of VENUES) {
    say(`${venue.padEnd(9)} ${sandbox.venues[venue].url} ${faint('SANDBOX, invented accounts')}`)
  }
  say(`enclave   ${enclave.url} ${faint('SIMULATOR, embedded PGlite')}`)
  say(`release   ${enclave.release}`)

  const clients = await registerAccounts(sandbox, enclave)
  const issued = await collect(clients, options, recording)
  await showFigures(clients, issued)
  verifyAndForge(issued, enclave, options.out)
  await revokeAll(clients)
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    throw new UsageError(`${path} cannot be made: ${reason(error)}; --out takes a folder`)
  }
}

/** Gone when this process is. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perf-aggregator-demo-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

async function registerAccounts(sandbox: Sandbox, enclave: EnclaveAddress): Promise<readonly SecureClient[]> {
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

async function collect(
  clients: readonly SecureClient[],
  options: DemoOptions,
  recording: Recording | null,
): Promise<IssuedCertificate> {
  step('Collection')
  const [first, ...others] = clients
  if (first === undefined) throw new Error('no account was registered')
  const started = performance.now()
  const line = progress(terminal)
  const issued = await first
    .requestCertificate({ include: others, onProgress: (summaries) => line.show(`  ${collectingLine(summaries)}`) })
    .finally(() => line.clear())
  const { accounts } = issued.certificate.claims
  const fills = accounts.reduce((total, { collection }) => total + collection.fills, 0)
  say(`${whole(fills)} fills collected, measured, signed and logged in ${seconds(started)}`)
  for (const { venue, collection } of accounts) {
    say(
      `${venue.padEnd(9)} ${whole(collection.fills)} fills, ${whole(collection.flows)} flows in ${whole(collection.pages)} pages; delivered again: ${whole(collection.duplicates)}, changed: ${collection.conflicts}`,
    )
  }
  if (recording !== null) compare(recording, accounts, options.pageSize)
  return issued
}

async function showFigures(clients: readonly SecureClient[], issued: IssuedCertificate): Promise<void> {
  step('The accounts')
  for (const client of clients) {
    const { performance: figures, days } = await client.getMetrics()
    if (figures !== null) say(...equityCurve(figures, days, CURVE_HEIGHT, ROOM))
  }
  step(`The ${clients.length} accounts together, as certified`)
  say(...performanceLines(issued.certificate.claims.performance, ROOM))
}

function verifyAndForge(issued: IssuedCertificate, { release }: EnclaveAddress, out: string): void {
  const display = { columns: ROOM, coloured: process.stdout.isTTY && process.env['NO_COLOR'] === undefined }

  step('The certificate, verified offline by another process')
  const file = join(out, 'certificate.json')
  writeFileSync(file, issued.file)
  const genuine = verifyInProcess(file, release, display)
  say(...genuine.lines)
  if (genuine.exitCode !== 0) throw new Error('the genuine certificate was not verified')

  step('The same with one digit altered')
  const altered = withOneDigitAltered(issued.file)
  const alteredFile = join(out, 'certificate-altered.json')
  writeFileSync(alteredFile, altered.file)
  say(altered.change)
  const forged = verifyInProcess(alteredFile, release, display)
  say(...forged.lines.filter((line) => !/^(?:pass|SKIP|–|$)/.test(stripVTControlCharacters(line))))
  if (forged.exitCode === 0) throw new Error('an altered certificate was accepted')
}

async function revokeAll(clients: readonly SecureClient[]): Promise<void> {
  step('The sessions are revoked')
  for (const client of clients) {
    const { purged } = await client.revoke()
    say(
      `destroyed ${purged.credentials} credentials, ${whole(purged.events)} events, ${purged.certificates} certificates`,
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
