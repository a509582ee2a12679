/** Test fixture: the collector's clients, in this process, on the venue sandbox. */

import type { AccountEvent, Fill, Flow } from '@perf-aggregator/performance'
import type { Sandbox, SandboxOptions } from '@perf-aggregator/venue-sandbox'
import { startSandbox } from '@perf-aggregator/venue-sandbox'
import { createEgress } from '../../../src/collector/egress.ts'
import { signingKey } from '../../../src/collector/signing-key.ts'
import { systemClock } from '../../../src/collector/system.ts'
import { Tenants } from '../../../src/collector/tenants.ts'
import type { Clients } from '../../../src/collector/venues/clients.ts'
import { allowedOrigins, createClients } from '../../../src/collector/venues/clients.ts'
import type { Cursor, StreamName, VenueClient, VenueId } from '../../../src/ports/venue.ts'

export const ACCOUNT = 'account-pseudonym'

export interface LocalVenues {
  readonly sandbox: Sandbox
  readonly clients: Clients
  readonly tenants: Tenants
  /** How long the client meant to wait so far, milliseconds: waits themselves are skipped. */
  readonly waited: () => number
  readonly stop: () => Promise<void>
}

/** Generous limits and skipped waits, so that faults cost no time. */
export async function startLocalVenues(options: SandboxOptions = {}): Promise<LocalVenues> {
  const rateLimitScale = options.rateLimitScale ?? 100_000
  const sandbox = await startSandbox({ ...options, rateLimitScale })
  const { binance, coinbase, kraken } = sandbox.venues
  const venues = { origins: { binance: binance.url, coinbase: coinbase.url, kraken: kraken.url }, rateLimitScale }
  const egress = createEgress(allowedOrigins(venues))
  const tenants = new Tenants()
  let waited = 0
  const sleep = async (milliseconds: number): Promise<void> => {
    waited += milliseconds
    await Promise.resolve()
  }
  const parts = { sandbox: venues, fetch: egress.fetch, tenants, clock: systemClock, sleep }
  const clients = await createClients(parts)
  return {
    sandbox,
    clients,
    tenants,
    waited: () => waited,
    stop: async () => {
      egress.close()
      await sandbox.stop()
    },
  }
}

/** Attaches one of the sandbox's keys. */
export function attach(
  local: LocalVenues,
  sessionId: string,
  venue: VenueId,
  credential: { readonly apiKey: string; readonly apiSecret: string } = local.sandbox.credentials[venue].readOnly,
): void {
  const apiKey = Buffer.from(credential.apiKey)
  const key = signingKey({ venue, apiKey, apiSecret: Buffer.from(credential.apiSecret) })
  local.tenants.hold(sessionId, venue, Buffer.from(apiKey), key)
}

export interface Collected {
  readonly events: AccountEvent[]
  readonly cursors: Map<StreamName, Cursor>
}

export function nothingCollected(): Collected {
  return { events: [], cursors: new Map() }
}

/** One pass: every stream until it is caught up, going on from `into`. */
export async function collect(
  local: LocalVenues,
  sessionId: string,
  venue: VenueId,
  into: Collected = nothingCollected(),
): Promise<Collected> {
  const client: VenueClient = local.clients[venue]
  await local.tenants.run(sessionId, async () => {
    for (const stream of await client.streams({ symbols: [] })) {
      for (let more = true; more; ) {
        const page = await client.page(ACCOUNT, stream, into.cursors.get(stream) ?? null)
        into.events.push(...page.events)
        into.cursors.set(stream, page.cursor)
        more = page.more
      }
    }
  })
  return into
}

/** Distinct fills by identity, as the store keeps them. */
export function fillsOf({ events }: Collected): ReadonlyMap<string, Fill> {
  const fills = events.filter((event): event is Fill => event.kind === 'fill')
  return new Map(fills.map((fill) => [`${fill.market} ${fill.tradeId}`, fill]))
}

export function flowsOf({ events }: Collected): ReadonlyMap<string, Flow> {
  const flows = events.filter((event): event is Flow => event.kind === 'flow')
  return new Map(flows.map((flow) => [`${flow.flow} ${flow.id}`, flow]))
}
