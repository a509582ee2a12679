import { type Exchange, Showcase, type VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import type { VenueRequest, VenueResponse } from '../exchange/message.ts'
import { accountInfo, myTrades } from './account-data.ts'
import { authenticate } from './authentication.ts'
import { exchangeInfo, klines, tickerPrice } from './market-data.ts'
import { errorResponse } from './refusals.ts'
import { apiRestrictions, coins, deposits, withdrawals } from './wallet-data.ts'
import { WeightLimit } from './weight-limit.ts'

const BAN_MS = 120_000

/** Binance spot: `https://api.binance.com`, REST. */
export class BinanceExchange implements Exchange {
  readonly venue = 'binance'
  readonly #parts: VenueParts<VenueKey>
  readonly #showcase: Showcase
  readonly #weights: WeightLimit
  /** The wallet API counts its own weight, 12,000 per minute, beside that of the trading API. */
  readonly #walletWeights: WeightLimit

  constructor(parts: VenueParts<VenueKey>) {
    this.#parts = parts
    this.#showcase = new Showcase(parts)
    this.#weights = new WeightLimit(parts.settings.rateLimitScale)
    this.#walletWeights = new WeightLimit(2 * parts.settings.rateLimitScale)
  }

  answer(request: VenueRequest): VenueResponse {
    if (request.method !== 'GET') return notFound
    const query = new URLSearchParams(request.query)
    const { path, now } = request
    const parts = this.#parts
    switch (path) {
      case '/api/v3/ping':
        return this.#open(1, now, () => ({}))
      case '/api/v3/time':
        return this.#open(1, now, () => ({ serverTime: now }))
      case '/api/v3/exchangeInfo':
        return this.#open(20, now, () => exchangeInfo(parts.profile.markets, query.get('symbol'), now))
      case '/api/v3/klines':
        return this.#open(2, now, () => klines(parts, this.#showcase, query, now))
      case '/api/v3/ticker/price':
        return this.#open(4, now, () => tickerPrice(parts, now))
      case '/api/v3/account':
        return this.#signed(request, 20, () => accountInfo(parts, query, now))
      case '/api/v3/myTrades':
        return this.#signed(request, query.has('orderId') ? 5 : 20, () =>
          myTrades(parts, this.#showcase, query, path, now),
        )
      case '/sapi/v1/account/apiRestrictions':
        return this.#wallet(request, 1, (key) => apiRestrictions(parts.keys.rights(key), now))
      case '/sapi/v1/capital/deposit/hisrec':
        return this.#wallet(request, 1, () => deposits(parts, this.#showcase, query, path, now))
      case '/sapi/v1/capital/withdraw/history':
        return this.#wallet(request, 18, () => withdrawals(parts, this.#showcase, query, path, now))
      case '/sapi/v1/capital/config/getall':
        return this.#wallet(request, 10, () => coins(parts))
      case '/sapi/v1/margin/allPairs':
      case '/sapi/v1/margin/isolated/allPairs':
        return this.#wallet(request, 1, () => [])
      default:
        return notFound
    }
  }

  failure(status: number, retryAfter: number | undefined, now: number): VenueResponse {
    const wait = String(retryAfter ?? 1)
    if (status === 429) return errorResponse('tooMuchWeight', String(this.#weights.limit), { 'retry-after': wait })
    if (status === 418) {
      const until = now + (retryAfter === undefined ? BAN_MS : retryAfter * 1000)
      return errorResponse('ipBanned', String(until), { 'retry-after': wait })
    }
    if (status === 401) return errorResponse('rejectedKey', '', {})
    const headers = retryAfter === undefined ? {} : { 'retry-after': wait }
    return { status, headers, body: { code: -1000, msg: 'An unknown error occurred while processing the request.' } }
  }

  #open(weight: number, now: number, make: () => unknown): VenueResponse {
    const headers = this.#weights.spend(weight, now)
    return { status: 200, headers, body: make() }
  }

  /** Weight counts before anything else: refused requests are paid for too. */
  #signed(request: VenueRequest, weight: number, make: () => unknown): VenueResponse {
    const headers = this.#weights.spend(weight, request.now)
    authenticate(request, this.#parts.keys)
    return { status: 200, headers, body: make() }
  }

  #wallet(request: VenueRequest, weight: number, make: (key: VenueKey) => unknown): VenueResponse {
    const spent = this.#walletWeights.spend(weight, request.now)
    const key = authenticate(request, this.#parts.keys)
    return {
      status: 200,
      headers: { 'x-sapi-used-ip-weight-1m': spent['x-mbx-used-weight-1m'] ?? '' },
      body: make(key),
    }
  }
}

const notFound: VenueResponse = { status: 404, body: 'Not Found' }
