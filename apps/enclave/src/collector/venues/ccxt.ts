/**
 * ccxt as this enclave uses it: for signing, endpoints, request costs and addresses. Its transport, its error texts
 * (which quote URLs and signatures), its parsing, its paging and its idea of a shared API key are all replaced by `Hooks`.
 */
import type { VenueId } from '../../ports/venue.ts'

/** What goes to an endpoint. Money never does. */
export type Params = Readonly<Record<string, string | number | boolean>>

export interface SignedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Hooks {
  /** Instead of ccxt's transport. Headers still hold the placeholder where the API key belongs. */
  readonly fetch: (request: SignedRequest) => Promise<unknown>
  /** Instead of ccxt's throttle; `cost` in milliseconds of the venue's allowance. */
  readonly throttle: (cost: number) => Promise<void>
  /** MAC or signature over `message` with the running tenant's key. */
  readonly sign: (message: Uint8Array) => string
  /** Coinbase: the bearer token of one request. */
  readonly token: (method: string, url: string) => string
  /** Binance: milliseconds; Kraken: a number that only grows. */
  readonly nonce: () => string
}

/** Where the API key goes. No key of any venue has this form. */
export const KEY_PLACEHOLDER = 'organizations/placeholder/apiKeys/placeholder'
/** Base64, because ccxt decodes it before it calls our hook. It signs nothing. */
const SECRET_PLACEHOLDER = 'cGxhY2Vob2xkZXI='

/** The parts of a ccxt instance this file touches. */
interface CcxtInstance {
  fetch: (url: string, method: string, headers?: Record<string, string>, body?: string) => Promise<unknown>
  throttle: (cost?: number) => Promise<void>
  hmac: (message: Uint8Array, secret: unknown) => string
  createAuthToken: (seconds: number, method: string, url: string) => string
  nonce: () => string
  setLastRequest: () => void
  log: () => void
  rateLimit: number
  fetchHistoryCacheSize: number
  readonly urls: { api: Record<string, unknown> }
  readonly [endpoint: string]: unknown
}

export type Endpoint = (params: Params) => Promise<unknown>

/** The host of each venue; everything else in ccxt's tables stays out of reach. */
export const LIVE_ORIGINS: Readonly<Record<VenueId, string>> = {
  binance: 'https://api.binance.com',
  coinbase: 'https://api.coinbase.com',
  kraken: 'https://api.kraken.com',
}

/** Loads one venue of ccxt and hooks it. `origin`: where requests go, the live one or a sandbox. */
export async function loadCcxt(venue: VenueId, origin: string, hooks: Hooks): Promise<(endpoint: string) => Endpoint> {
  // ccxt's only export loads more than a hundred venues (152 MB); the venue's own file is beside it.
  const file = new URL(`./src/${venue}.js`, import.meta.resolve('ccxt')).href
  const loaded = (await import(file)) as { readonly default: new (options: object) => CcxtInstance }
  const exchange = new loaded.default({ apiKey: KEY_PLACEHOLDER, secret: SECRET_PLACEHOLDER, enableRateLimit: true })
  exchange.urls.api = addressesAt(exchange.urls.api, LIVE_ORIGINS[venue], origin)
  exchange.fetch = async (url, method, headers, body) =>
    await hooks.fetch({ url, method, headers: headers ?? {}, body })
  exchange.throttle = async (cost) => {
    await hooks.throttle((cost ?? 1) * exchange.rateLimit)
  }
  exchange.hmac = (message) => hooks.sign(message)
  exchange.createAuthToken = (_seconds, method, url) => hooks.token(method, url)
  exchange.nonce = hooks.nonce
  // It would keep the last signed request, headers included, and the last answers.
  exchange.setLastRequest = () => {}
  exchange.fetchHistoryCacheSize = 0
  exchange.log = () => {}
  return (endpoint) => {
    const call = exchange[endpoint]
    if (typeof call !== 'function') throw new TypeError(`ccxt has no endpoint ${endpoint} for ${venue}`)
    return call as Endpoint
  }
}

/** Only addresses on the venue's own host, moved to `origin`. */
function addressesAt(table: Readonly<Record<string, unknown>>, live: string, origin: string): Record<string, string> {
  const moved: Record<string, string> = {}
  for (const [section, address] of Object.entries(table)) {
    if (typeof address === 'string' && address.startsWith(live)) moved[section] = origin + address.slice(live.length)
  }
  return moved
}
