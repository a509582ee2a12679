/** The whole enclave, as `serve` runs it, in this process: real venues (local ones), real collector, real database, real HTTP. */
import {
  type ClientClock,
  type ClientKey,
  generateClientKey,
  SecureClient,
  type SecureClientOptions,
} from '@perf-aggregator/client'
import type { Sandbox, VenueId } from '@perf-aggregator/venue-sandbox'
import { type EnclaveOptions, readConfiguration, startEnclave } from '../../src/main.ts'
import type { Place } from './place.ts'

/** Local venues need not be as slow as real ones. */
export const RATE_LIMIT_SCALE = 100_000

export interface HouseOptions extends Partial<Omit<EnclaveOptions, 'notice'>> {
  /** Further variables of the environment, by their names in the README. */
  readonly environment?: Readonly<Record<string, string>>
}

/** An enclave that runs, and how its traders reach it. */
export interface House extends AsyncDisposable {
  readonly url: string
  readonly release: string
  stop(): Promise<void>
}

/** Milliseconds between two looks at an account, where a test does not wait for the usual five seconds. */
const FASTEST = 20

export async function openHouse(
  place: Pick<Place, 'dataDirectory' | 'databaseUrl'>,
  sandbox: Pick<Sandbox, 'discoveryUrl'>,
  options: HouseOptions = {},
): Promise<House> {
  const { environment = {}, ...given } = options
  const configuration = readConfiguration({
    ENCLAVE_PORT: '0',
    TEE: 'simulator',
    DATA_DIR: place.dataDirectory,
    RATE_LIMIT_MAX: '1000000',
    LOG_LEVEL: 'silent',
    ...(place.databaseUrl === null ? {} : { DATABASE_URL: place.databaseUrl }),
    SANDBOX_URL: sandbox.discoveryUrl,
    ...environment,
  })
  const enclave = await startEnclave(configuration, {
    notice: () => {},
    pace: { fastest: FASTEST },
    ...given,
  })
  const stop = async (): Promise<void> => {
    await enclave.stop()
  }
  return { url: enclave.url, release: enclave.release, stop, [Symbol.asyncDispose]: stop }
}

/** A trader with one key for all of its sessions, by which one certificate may cover several accounts. */
export class Trader {
  readonly #house: Pick<House, 'url' | 'release'>
  readonly #sandbox: Sandbox
  readonly #key: ClientKey
  readonly #clock: ClientClock | undefined

  private constructor(
    house: Pick<House, 'url' | 'release'>,
    sandbox: Sandbox,
    key: ClientKey,
    clock: ClientClock | undefined,
  ) {
    this.#house = house
    this.#sandbox = sandbox
    this.#key = key
    this.#clock = clock
  }

  static async arrive(house: Pick<House, 'url' | 'release'>, sandbox: Sandbox, clock?: ClientClock): Promise<Trader> {
    return new Trader(house, sandbox, await generateClientKey({ extractable: true }), clock)
  }

  /** A client with the read-only key of `venue`, not yet registered. */
  client(venue: VenueId, options: Partial<SecureClientOptions> = {}): SecureClient {
    const { apiKey, apiSecret } = this.#sandbox.credentials[venue].readOnly
    return new SecureClient({
      enclaveUrl: this.#house.url,
      allowSimulator: true,
      measurements: [this.#house.release],
      exchange: venue,
      label: venue,
      userId: 'trader',
      apiKey,
      secret: apiSecret,
      clientKey: this.#key,
      ...(this.#clock === undefined ? {} : { clock: this.#clock }),
      ...options,
    })
  }

  async register(venue: VenueId, options: Partial<SecureClientOptions> = {}): Promise<SecureClient> {
    const client = this.client(venue, options)
    await client.register()
    return client
  }
}

/** So that a wait ends; nobody's speed is measured by it, and a busy machine has been ten times as slow as an idle one. */
const SECONDS = 120

/** Asks `look` until it gives something, and returns that. Rejects with what was seen last when that never comes. */
export async function eventually<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = performance.now() + SECONDS * 1000
  let last: unknown = 'nothing'
  for (;;) {
    try {
      const seen = await look()
      if (seen !== null && seen !== undefined && seen !== false) return seen
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${SECONDS} s`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}

type Summary = Awaited<ReturnType<SecureClient['getSummary']>>

/** The summary of a session once `holds` says so of its collection. */
export async function summaryWhen(
  client: Pick<SecureClient, 'getSummary'>,
  holds: (collection: Summary['collection']) => boolean,
): Promise<Summary> {
  let shown = ''
  return await eventually('the collection', async () => {
    const summary = await client.getSummary()
    shown = JSON.stringify(summary.collection)
    return holds(summary.collection) ? summary : null
  }).catch((cause: unknown) => {
    throw new Error(`the collection stayed ${shown}`, { cause })
  })
}
