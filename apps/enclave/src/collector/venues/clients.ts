/** Builds the clients of all venues, each with its own connection and pace. */

import type { Clock } from '../../ports/clock.ts'
import type { VenueClient, VenueId } from '../../ports/venue.ts'
import type { Fetch } from '../egress.ts'
import type { Sleep } from '../pace.ts'
import { Pace } from '../pace.ts'
import type { Tenants } from '../tenants.ts'
import { BinanceClient } from './binance/client.ts'
import { binanceRules } from './binance/rules.ts'
import { LIVE_ORIGINS } from './ccxt.ts'
import { CoinbaseClient } from './coinbase/client.ts'
import { coinbaseRules } from './coinbase/rules.ts'
import { Connection } from './connection.ts'
import { KrakenClient } from './kraken/client.ts'
import { krakenRules } from './kraken/rules.ts'

/** Local venues that stand in for the real ones. */
export interface SandboxVenues {
  /** `http://127.0.0.1:port` of each. */
  readonly origins: Readonly<Record<VenueId, string>>
  /** How much more generous than the real ones they are; 1: as real. */
  readonly rateLimitScale: number
}

export interface ClientParts {
  readonly sandbox: SandboxVenues | null
  readonly fetch: Fetch
  readonly tenants: Tenants
  readonly clock: Clock
  readonly sleep: Sleep
}

/**
 * Milliseconds of allowance that may be used at once: a second of Binance's and Coinbase's, and at Kraken a full
 * counter of 15 calls, which at the slowest tier refills in 45 s.
 */
const BURST: Readonly<Record<VenueId, number>> = { binance: 1_000, coinbase: 1_000, kraken: 42_000 }

export type Clients = Readonly<Record<VenueId, VenueClient>>

export async function createClients(parts: ClientParts): Promise<Clients> {
  const { sandbox, fetch, tenants, clock, sleep } = parts
  const [binance, coinbase, kraken] = await Promise.all(
    [binanceRules, coinbaseRules, krakenRules].map(async (rules) => {
      const origin = sandbox === null ? LIVE_ORIGINS[rules.venue] : sandbox.origins[rules.venue]
      const pace = new Pace(clock, sleep, BURST[rules.venue], sandbox?.rateLimitScale ?? 1)
      return await Connection.open(rules, { origin, fetch, tenants, pace, clock, sleep })
    }),
  )
  if (binance === undefined || coinbase === undefined || kraken === undefined) throw new TypeError('a venue is missing')
  return {
    binance: new BinanceClient(binance, tenants),
    coinbase: new CoinbaseClient(coinbase, tenants),
    kraken: new KrakenClient(kraken, tenants),
  }
}

/** Every origin the child may speak to. */
export function allowedOrigins(sandbox: SandboxVenues | null): ReadonlySet<string> {
  return new Set(Object.values(sandbox?.origins ?? LIVE_ORIGINS))
}
