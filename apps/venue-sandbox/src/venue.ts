import { type History, inventHistory } from './account/history.ts'
import { LiveTrader } from './account/live-trader.ts'
import type { VenueId, VenueProfile } from './account/profile.ts'
import { readRecording } from './account/recorded-trades.ts'
import { replay } from './account/replay.ts'
import { binance } from './binance/kind.ts'
import { coinbase } from './coinbase/kind.ts'
import { Faults } from './exchange/faults.ts'
import type { KeyRing, VenueCredentials, VenueKey } from './exchange/keys.ts'
import { openExchange, type VenueKind } from './exchange/kind.ts'
import { VenueServer } from './exchange/server.ts'
import { kraken } from './kraken/kind.ts'
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

/** One running venue. */
export interface Venue {
  readonly keys: KeyRing<VenueKey>
  readonly faults: Faults
  readonly server: VenueServer
  readonly trader: LiveTrader
  readonly credentials: VenueCredentials
  readonly url: string
}

const KINDS: Readonly<Record<VenueId, VenueKind<VenueKey>>> = { binance, coinbase, kraken }

/** Invents or replays the account, opens the venue on 127.0.0.1. */
export async function startVenue(venue: VenueId, options: SandboxOptions): Promise<Venue> {
  const seed = options.seed ?? DEFAULT_SEED
  const clock = options.clock ?? Date.now
  const kind = KINDS[venue]
  const { profile, history } = past(venue, options, seed, clock)
  const random = new Seeded(`${seed}/${venue}/keys`)
  const faults = new Faults(new Seeded(`${seed}/${venue}/faults`))
  const settings = { pageSize: forVenue(options.pageSize, venue) ?? null, rateLimitScale: options.rateLimitScale ?? 1 }
  const accountId = kind.accountId(new Seeded(`${seed}/${venue}/account`))
  const parts = { ...history, profile, accountId, faults, settings }
  const { exchange, keys, credentials } = openExchange(kind, random, parts)
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
  const { profile } = KINDS[venue]
  if (venue === 'binance' && options.trades !== undefined) {
    return replay(readRecording(options.trades, options.tradesMarket), profile, seed)
  }
  const endsAt = options.endsAt ?? Math.floor(clock() / DAY_MS) * DAY_MS
  const fills = forVenue(options.fillsPerAccount, venue) ?? profile.fills
  const history = inventHistory({ seed, profile, endsAt, days: options.days ?? DEFAULT_DAYS, fills })
  return { profile, history }
}

function forVenue(value: PerVenue<number> | undefined, venue: VenueId): number | undefined {
  return typeof value === 'object' ? value[venue] : value
}
