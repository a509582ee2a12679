/**
 * How long a trader waits: from the submission of a key to the first certificate, for a Binance account of 1,000 and of
 * 10,000 fills, and where the time goes. The whole enclave (HTTP, collector child, database) and a real client, verifying
 * what it gets; the venue is the local one, in a thread of its own, without the pace a real one would impose.
 *
 * On PGlite in a folder, and on a PostgreSQL server of this machine that does not sync (see `test/postgres-server.ts`).
 */
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { SecureClient } from '@perf-aggregator/client'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { Aggregation } from '../src/aggregation/aggregation.ts'
import { Prices } from '../src/aggregation/prices.ts'
import { Certificates } from '../src/certificates/issue.ts'
import { EventVault } from '../src/collection/event-vault.ts'
import { createEgress } from '../src/collector/egress.ts'
import { systemClock, systemSleep } from '../src/collector/system.ts'
import { Tenants } from '../src/collector/tenants.ts'
import { allowedOrigins, createClients, type SandboxVenues } from '../src/collector/venues/clients.ts'
import { Sequencer } from '../src/log/sequencer.ts'
import { migrateServer, readConfiguration, startEnclave } from '../src/main.ts'
import type { Cursor } from '../src/ports/venue.ts'
import { createPostgresServer } from '../test/postgres-server.ts'
import { Stopwatch } from './instruments/stopwatch.ts'

const VENUE = 'binance'
const SIZES = [1_000, 10_000]
const SCALE = 1_000_000

interface Venues {
  readonly discoveryUrl: string
  readonly origins: SandboxVenues['origins']
  readonly credential: { readonly apiKey: string; readonly apiSecret: string }
}

async function bench(print: (line: string) => void): Promise<void> {
  const watch = new Stopwatch()
  watch.watchDatabases()
  watch.watchCollector()
  watch.wrap(EventVault.prototype, 'seal', 'seal')
  watch.wrap(EventVault.prototype, 'open', 'open')
  watch.wrap(Aggregation.prototype, 'measure', 'measure')
  watch.wrap(Prices.prototype, 'closes', 'prices')
  watch.wrap(Certificates.prototype, 'issue', 'issue')
  watch.wrap(Sequencer.prototype, 'append', 'log')
  for (const fills of SIZES) {
    const worker = new Worker(new URL(import.meta.url), { workerData: fills })
    const [venues] = (await once(worker, 'message')) as [Venues]
    await printVenue(fills, venues, print)
    for (const database of ['PGlite', 'PostgreSQL'] as const) await measureOne(database, fills, venues, watch, print)
    await worker.terminate()
  }
}

async function measureOne(
  database: 'PGlite' | 'PostgreSQL',
  fills: number,
  venues: Venues,
  watch: Stopwatch,
  print: (line: string) => void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'first-certificate-'))
  const server = database === 'PGlite' ? null : await createPostgresServer()
  if (server !== null) await migrateServer(server.url('postgres'))
  const configuration = readConfiguration({
    ENCLAVE_PORT: '0',
    TEE: 'simulator',
    DATA_DIR: folder,
    SANDBOX_URL: venues.discoveryUrl,
    RATE_LIMIT_MAX: '1000000',
    LOG_LEVEL: 'silent',
    ...(server === null ? {} : { DATABASE_URL: server.url('postgres') }),
  })
  try {
    const fresh = performance.now()
    const first = await startEnclave(configuration, { notice: () => {} })
    const freshTook = performance.now() - fresh
    await first.stop()
    const again = performance.now()
    const enclave = await startEnclave(configuration, { notice: () => {} })
    const againTook = performance.now() - again
    try {
      watch.reset()
      const client = new SecureClient({
        enclaveUrl: enclave.url,
        allowSimulator: true,
        measurements: [enclave.release],
        exchange: VENUE,
        apiKey: venues.credential.apiKey,
        secret: venues.credential.apiSecret,
      })
      const began = performance.now()
      await client.register()
      const registered = performance.now()
      const { certificate } = await client.requestCertificate()
      const ended = performance.now()
      const { collection } = certificate.claims.accounts[0] ?? { collection: { fills: 0, pages: 0 } }
      print(`\n${fills} fills, ${database}: ${ms(ended - began)} from submission to verified certificate`)
      print(
        `  (${collection.fills} fills in ${collection.pages} pages; start: first ${ms(freshTook)}, again ${ms(againTook)})`,
      )
      const row = (name: string, milliseconds: number, calls?: number): void => {
        print(`  ${name.padEnd(58)}${ms(milliseconds).padStart(10)}${calls === undefined ? '' : `  ${calls} calls`}`)
      }
      row('register: attest, verify, seal, submit', registered - began)
      for (const [name, key] of [
        ['  of it the collector opens and re-seals', 'collector open'],
        ['  of it the venue is asked about the key', 'collector checkKey'],
        ['collect: which streams', 'collector streams'],
        ['collect: pages (venue, parsing, border)', 'collector page'],
        ['collect: balances', 'collector balances'],
        ['collect: events sealed', 'seal'],
        ['everything asked of the database', 'database'],
        ['certificate: issue, last attempt and those before', 'issue'],
        ['  of it measured (read, opened, priced, booked)', 'measure'],
        ['    of it events opened', 'open'],
        ['    of it closes fetched', 'prices'],
        ['  of it logged, witness synced', 'log'],
      ] as const) {
        row(name, watch.milliseconds(key), watch.calls(key))
      }
      row('rest: the database while collecting, the client between asks', ended - registered - worked(watch))
    } finally {
      await enclave.stop()
    }
  } finally {
    await server?.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What went on between registration and certificate, one after the other. Sealing and statements outside of a pass overlap. */
function worked(watch: Stopwatch): number {
  const parts = ['collector streams', 'collector page', 'collector balances', 'seal', 'issue']
  return parts.reduce((total, part) => total + watch.milliseconds(part), 0)
}

/** The same history read once without enclave or border between: what of a page is the venue, and what is parsing. */
async function printVenue(
  fills: number,
  { origins, credential }: Venues,
  print: (line: string) => void,
): Promise<void> {
  const sandbox = { origins, rateLimitScale: SCALE }
  const egress = createEgress(allowedOrigins(sandbox))
  const watch = new Stopwatch()
  watch.wrap(egress, 'fetch', 'venue')
  const tenants = new Tenants()
  tenants.hold('bench', VENUE, Buffer.from(credential.apiKey), createSecretKey(Buffer.from(credential.apiSecret)))
  const fetch: typeof egress.fetch = async (request) => await egress.fetch(request)
  const clients = await createClients({ sandbox, fetch, tenants, clock: systemClock, sleep: systemSleep })
  const began = performance.now()
  let read = 0
  await tenants.run('bench', async () => {
    const client = clients[VENUE]
    for (const stream of await client.streams({ symbols: [] })) {
      let cursor: Cursor | null = null
      for (let more = true; more; ) {
        const page = await client.page('bench', stream, cursor)
        read += page.events.length
        cursor = page.cursor
        more = page.more
      }
    }
  })
  const total = performance.now() - began
  egress.close()
  const venue = watch.milliseconds('venue')
  print(
    `\n${fills} fills, the collector's client alone: ${read} events in ${ms(total)}: ${ms(venue)} waiting for the venue (${watch.calls('venue')} requests), ${ms(total - venue)} signing and parsing`,
  )
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`
}

async function beVenue(fills: number): Promise<void> {
  const sandbox = await startSandbox({
    fillsPerAccount: { binance: fills, coinbase: 1, kraken: 1 },
    rateLimitScale: SCALE,
  })
  const { venues, discoveryUrl, credentials } = sandbox
  const origins = { binance: venues.binance.url, coinbase: venues.coinbase.url, kraken: venues.kraken.url }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ discoveryUrl, origins, credential: credentials[VENUE].readOnly } satisfies Venues)
}

if (isMainThread) await bench(console.log)
else await beVenue(workerData as number)
