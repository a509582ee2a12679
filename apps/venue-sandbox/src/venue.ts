import { type History, inventHistory } from './account/history.ts'
import { LiveTrader } from './account/live-trader.ts'
import type { VenueId, VenueProfile } from './account/profile.ts'
import { readRecording } from './account/recorded-trades.ts'
import { replay } from './account/replay.ts'
import { BinanceExchange } from './binance/exchange.ts'
import { binanceProfile } from './binance/profile.ts'
import { CoinbaseExchange } from './coinbase/exchange.ts'
import { type CoinbaseKey, ecKey, edKey } from './coinbase/keys.ts'
import { coinbaseProfile } from './coinbase/profile.ts'
import type { Exchange, VenueParts } from './exchange/exchange.ts'
import { Faults } from './exchange/faults.ts'
import { type KeyName, KeyRing, type VenueKey } from './exchange/keys.ts'
import { VenueServer } from './exchange/server.ts'
import { KrakenExchange } from './kraken/exchange.ts'
import { krakenProfile } from './kraken/profile.ts'
import { DAY_MS } from './market/price-path.ts'
import { Seeded } from './random/seeded.ts'

export const DEFAULT_SEED = 'perf-aggregator-sandbox'
const DEFAULT_DAYS = 200

type PerVenue<T> = T | Partial<Record<VenueId, T>>

export interface SandboxOptions {
  /** Everything invented, credentials included, follows from it. */
  readonly seed?: string
  /** Recorded trades for the Binance account, instead of invented ones: `.json` or `.json.gz`. */
  readonly trades?: string
  /** `BASE/QUOTE` of the recording, when its file name does not say. */
  readonly tradesMarket?: string
  readonly fillsPerAccount?: PerVenue<number>
  /** Length of the invented history. */
  readonly days?: number
  /** Milliseconds since 1970 at which the invented history ends; by default the last UTC midnight. */
  readonly endsAt?: number
  /** Most rows a venue puts on a page, whatever is asked for. */
  readonly pageSize?: PerVenue<number>
  /** How much more generous than the real ones the rate limits are; 1 by default. */
  readonly rateLimitScale?: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  /** Ports to listen on; any free one by default. */
  readonly ports?: Partial<Record<VenueId | 'control', number>>
}

export interface Credential {
  readonly apiKey: string
  readonly apiSecret: string
}

export type VenueCredentials = Readonly<Record<KeyName, Credential>> & {
  /** Coinbase only: the read-only right under an Ed25519 key. */
  readonly readOnlyEd25519?: Credential
}

/** One running venue. */
export interface Venue {
  readonly keys: KeyRing<VenueKey>
  readonly faults: Faults
  readonly server: VenueServer
  readonly trader: LiveTrader
  readonly credentials: VenueCredentials
  readonly url: string
}

const PROFILES: Readonly<Record<VenueId, VenueProfile>> = {
  binance: binanceProfile,
  coinbase: coinbaseProfile,
  kraken: krakenProfile,
}

/** Invents or replays the account, opens the venue on 127.0.0.1. */
export async function startVenue(venue: VenueId, options: SandboxOptions): Promise<Venue> {
  const seed = options.seed ?? DEFAULT_SEED
  const clock = options.clock ?? Date.now
  const { profile, history } = past(venue, options, seed, clock)
  const random = new Seeded(`${seed}/${venue}/keys`)
  const faults = new Faults(new Seeded(`${seed}/${venue}/faults`))
  const settings = { pageSize: forVenue(options.pageSize, venue) ?? null, rateLimitScale: options.rateLimitScale ?? 1 }
  const accountId = ACCOUNT_ID[venue](new Seeded(`${seed}/${venue}/account`))
  const parts = { ...history, profile, accountId, faults, settings }
  const { exchange, keys, credentials } = openExchange(venue, random, parts)
  const server = new VenueServer(exchange, faults, clock)
  const url = await server.listen(options.ports?.[venue] ?? 0)
  return { keys, faults, server, trader: new LiveTrader(history.trader, clock), credentials, url }
}

function past(
  venue: VenueId,
  options: SandboxOptions,
  seed: string,
  clock: () => number,
): { profile: VenueProfile; history: History } {
  const profile = PROFILES[venue]
  if (venue === 'binance' && options.trades !== undefined) {
    return replay(readRecording(options.trades, options.tradesMarket), profile, seed)
  }
  const endsAt = options.endsAt ?? Math.floor(clock() / DAY_MS) * DAY_MS
  const fills = forVenue(options.fillsPerAccount, venue) ?? profile.fills
  const history = inventHistory({ seed, profile, endsAt, days: options.days ?? DEFAULT_DAYS, fills })
  return { profile, history }
}

/** What the venue calls the account, the same under every key: a number, a portfolio's UUID, an IBAN of its own make. */
const ACCOUNT_ID: Readonly<Record<VenueId, (random: Seeded) => string>> = {
  binance: (random) => String(random.integer(100_000_000, 999_999_999)),
  coinbase: (random) => random.uuid(),
  kraken: (random) => `AA${random.integer(10, 99)} N84G SAND ${random.text(4, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
}

function forVenue(value: PerVenue<number> | undefined, venue: VenueId): number | undefined {
  return typeof value === 'object' ? value[venue] : value
}

interface Opened {
  readonly exchange: Exchange
  readonly keys: KeyRing<VenueKey>
  readonly credentials: VenueCredentials
}

function openExchange(venue: VenueId, random: Seeded, parts: Omit<VenueParts<VenueKey>, 'keys'>): Opened {
  switch (venue) {
    case 'binance': {
      const made = makeKeys((rights) => binanceKey(random, rights))
      const keys = new KeyRing(Object.values(made))
      return { exchange: new BinanceExchange({ ...parts, keys }), keys, credentials: shown(made) }
    }
    case 'kraken': {
      const made = makeKeys((rights) => krakenKey(random, rights))
      const keys = new KeyRing(Object.values(made))
      return { exchange: new KrakenExchange({ ...parts, keys }), keys, credentials: shown(made) }
    }
    case 'coinbase': {
      const made = makeKeys((rights) => ecKey(random, rights))
      const ed = edKey(random, 'read')
      const keys = new KeyRing<CoinbaseKey>([...Object.values(made), ed])
      const credentials = { ...shown(made), readOnlyEd25519: credentialOf(ed) }
      return {
        exchange: new CoinbaseExchange({ ...parts, keys }),
        keys,
        credentials,
      }
    }
  }
}

function makeKeys<K extends VenueKey>(make: (rights: VenueKey['rights']) => K): Record<KeyName, K> {
  return { readOnly: make('read'), trading: make('trade'), withdrawing: make('withdraw') }
}

function shown(keys: Record<KeyName, VenueKey>): Record<KeyName, Credential> {
  return {
    readOnly: credentialOf(keys.readOnly),
    trading: credentialOf(keys.trading),
    withdrawing: credentialOf(keys.withdrawing),
  }
}

function credentialOf({ apiKey, apiSecret }: VenueKey): Credential {
  return { apiKey, apiSecret }
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function binanceKey(random: Seeded, rights: VenueKey['rights']): VenueKey {
  return { apiKey: random.text(64, ALPHANUMERIC), apiSecret: random.text(64, ALPHANUMERIC), rights }
}

/** Kraken: 42 bytes of key, 64 of secret, both in base64. */
function krakenKey(random: Seeded, rights: VenueKey['rights']): VenueKey {
  return { apiKey: random.bytes(42).toString('base64'), apiSecret: random.bytes(64).toString('base64'), rights }
}
