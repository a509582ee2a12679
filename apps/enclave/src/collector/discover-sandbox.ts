/** Asks a sandbox where its venues are. Only an answer that says it is a sandbox, with addresses on this machine, counts. */
import { EnclaveError } from '../errors.ts'
import type { SandboxVenues } from './venues/clients.ts'

const PATIENCE = 5_000

/** `url`: what `perf-aggregator sandbox` prints. Rejects `configuration`. */
export async function discoverSandbox(url: string): Promise<SandboxVenues> {
  let answer: unknown
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE) })
    answer = await response.json()
  } catch (cause) {
    throw new EnclaveError(
      'configuration',
      'no sandbox answers at SANDBOX_URL: start one with "perf-aggregator sandbox"',
      {
        cause,
      },
    )
  }
  const {
    sandbox,
    venues,
    rate_limit_scale: rateLimitScale,
  } = (answer ?? {}) as { sandbox?: unknown; venues?: Record<string, { url?: unknown }>; rate_limit_scale?: unknown }
  if (sandbox !== true) throw new EnclaveError('configuration', 'what answers at SANDBOX_URL is not a sandbox')
  const origin = (venue: string): string => {
    const given = venues?.[venue]?.url
    const parsed = typeof given === 'string' ? URL.parse(given) : null
    if (parsed === null || parsed.hostname !== '127.0.0.1') {
      throw new EnclaveError('configuration', 'a sandbox gives an address on 127.0.0.1 for every venue')
    }
    return parsed.origin
  }
  return {
    origins: { binance: origin('binance'), coinbase: origin('coinbase'), kraken: origin('kraken') },
    rateLimitScale: typeof rateLimitScale === 'number' && rateLimitScale >= 1 ? rateLimitScale : 1,
  }
}
