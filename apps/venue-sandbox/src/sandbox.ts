import type { LiveTrader } from './account/live-trader.ts'
import { VENUES, type VenueId } from './account/profile.ts'
import { ControlServer } from './control/server.ts'
import type { Fault } from './exchange/faults.ts'
import type { VenueCredentials } from './exchange/keys.ts'
import { type SandboxOptions, startVenue, type Venue } from './venue.ts'

export interface Sandbox {
  readonly venues: Readonly<Record<VenueId, { readonly url: string }>>
  /** `GET <discoveryUrl>/` answers `{sandbox: true, venues, rate_limit_scale}`; the control API hangs below it. */
  readonly discoveryUrl: string
  readonly credentials: Readonly<Record<VenueId, VenueCredentials>>
  readonly traders: Readonly<Record<VenueId, LiveTrader>>
  /** Arms a fault; it stays until it has struck `times` times or `behave` is called. */
  misbehave(venue: VenueId, fault: Fault): void
  /** Disarms every fault of a venue and restores its keys. */
  behave(venue: VenueId): void
  revokeKey(venue: VenueId, apiKey: string): void
  /** From now on the venue reports that this key can trade. */
  allowTrading(venue: VenueId, apiKey: string): void
  /** Requests so far per `METHOD path`, misbehaved ones included. */
  requests(venue: VenueId): Readonly<Record<string, number>>
  resetRequests(venue: VenueId): void
  stop(): Promise<void>
}

/** Starts the three venues and the control server, all on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const venues: Partial<Record<VenueId, Venue>> = {}
  try {
    const binance = (venues.binance = await startVenue('binance', options))
    const coinbase = (venues.coinbase = await startVenue('coinbase', options))
    const kraken = (venues.kraken = await startVenue('kraken', options))
    return await assemble({ binance, coinbase, kraken }, options)
  } catch (error) {
    await Promise.all(Object.values(venues).map(({ server }) => server.stop()))
    throw error
  }
}

async function assemble(venues: Readonly<Record<VenueId, Venue>>, options: SandboxOptions): Promise<Sandbox> {
  const perVenue = <T>(get: (venue: Venue) => T): Readonly<Record<VenueId, T>> => ({
    binance: get(venues.binance),
    coinbase: get(venues.coinbase),
    kraken: get(venues.kraken),
  })
  const addresses = perVenue(({ url }) => ({ url }))
  const surface: Omit<Sandbox, 'discoveryUrl' | 'stop'> = {
    venues: addresses,
    credentials: perVenue(({ credentials }) => credentials),
    traders: perVenue(({ trader }) => trader),
    misbehave: (venue, fault) => venues[venue].faults.arm(fault),
    behave: (venue) => {
      venues[venue].faults.clear()
      venues[venue].keys.restore()
    },
    revokeKey: (venue, apiKey) => venues[venue].keys.revoke(apiKey),
    allowTrading: (venue, apiKey) => venues[venue].keys.allowTrading(apiKey),
    requests: (venue) => venues[venue].server.counters,
    resetRequests: (venue) => venues[venue].server.resetCounters(),
  }
  const control = new ControlServer(surface, (venue) => venues[venue].faults.armed, options.rateLimitScale ?? 1)
  const discoveryUrl = await control.listen(options.ports?.control ?? 0)
  const stop = async (): Promise<void> => {
    await Promise.all([control.stop(), ...VENUES.map((venue) => venues[venue].server.stop())])
  }
  return { ...surface, discoveryUrl, stop }
}
