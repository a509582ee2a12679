import { EnclaveError } from '../errors.ts'
import type { VenueId } from '../ports/venue.ts'
import type { SandboxVenues } from './venues/clients.ts'

const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']
const TIMEOUT = 5_000

/**
 * Asks a venue sandbox where its venues are (`GET <url>/` → `{sandbox: true, venues: {binance: {url}, …}, rate_limit_scale}`).
 * Rejects `configuration` when nothing answers there that says it is a sandbox.
 */
export async function discoverSandbox(url: string): Promise<SandboxVenues> {
  const answer = await ask(url)
  if (!isObject(answer) || answer['sandbox'] !== true || !isObject(answer['venues'])) {
    throw new EnclaveError('configuration', 'SANDBOX_URL answers, but is no venue sandbox')
  }
  const scale = answer['rate_limit_scale']
  return {
    origins: Object.fromEntries(VENUES.map((venue) => [venue, originOf(answer['venues'], venue)])) as Record<
      VenueId,
      string
    >,
    rateLimitScale: typeof scale === 'number' && scale > 0 ? scale : 1,
  }
}

async function ask(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) })
    return await response.json()
  } catch {
    throw new EnclaveError('configuration', 'no venue sandbox answers at SANDBOX_URL; start one first')
  }
}

function originOf(venues: unknown, venue: VenueId): string {
  const entry = isObject(venues) ? venues[venue] : undefined
  const url = isObject(entry) && typeof entry['url'] === 'string' ? URL.parse(entry['url']) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new EnclaveError('configuration', 'the venue sandbox does not say where its venues are')
  }
  return url.origin
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
