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

/** `http://127.0.0.1:port` of a local venue that stands in for the real one; null for the real one. */
export type SandboxOrigins = Readonly<Record<VenueId, string>>

export interface ClientParts {
  readonly sandbox: SandboxOrigins | null
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
/** A sandbox sets limits of its own; they are met by backing off. */
const UNPACED = Number.POSITIVE_INFINITY

export type Clients = Readonly<Record<VenueId, VenueClient>>

export async function createClients(parts: ClientParts): Promise<Clients> {
  const { sandbox, fetch, tenants, clock, sleep } = parts
  const [binance, coinbase, kraken] = await Promise.all(
    [binanceRules, coinbaseRules, krakenRules].map(async (rules) => {
      const origin = sandbox === null ? LIVE_ORIGINS[rules.venue] : sandbox[rules.venue]
      const pace = new Pace(clock, sleep, sandbox === null ? BURST[rules.venue] : UNPACED)
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
export function allowedOrigins(sandbox: SandboxOrigins | null): ReadonlySet<string> {
  return new Set(Object.values(sandbox ?? LIVE_ORIGINS))
}
