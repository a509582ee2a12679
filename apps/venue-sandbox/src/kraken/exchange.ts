import { type Exchange, Showcase, type VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import type { VenueRequest, VenueResponse } from '../exchange/message.ts'
import { apiKeyInfo, balance, balanceExtended, ledgers, tradesHistory } from './account-data.ts'
import { Authenticator, refusal } from './authentication.ts'
import { CallCounter } from './call-counter.ts'
import { assetPairs, assets, ohlc } from './market-data.ts'

const HISTORY_COST = 2
const PLAIN_COST = 1

/** Kraken spot: `https://api.kraken.com/0`, REST. Errors come with status 200, in the list `error`. */
export class KrakenExchange implements Exchange {
  readonly venue = 'kraken'
  readonly #parts: VenueParts<VenueKey>
  readonly #showcase: Showcase
  readonly #authenticator: Authenticator
  readonly #counter: CallCounter

  constructor(parts: VenueParts<VenueKey>) {
    this.#parts = parts
    this.#showcase = new Showcase(parts)
    this.#authenticator = new Authenticator(parts.keys)
    this.#counter = new CallCounter(parts.settings.rateLimitScale)
  }

  answer(request: VenueRequest): VenueResponse {
    const result = request.path.startsWith('/0/private/') ? this.#private(request) : this.#public(request)
    return { status: 200, body: { error: [], result } }
  }

  failure(status: number, retryAfter: number | undefined): VenueResponse {
    if (status === 429) return { status: 200, body: { error: ['EAPI:Rate limit exceeded'] } }
    if (status === 401) return { status: 200, body: { error: ['EAPI:Invalid key'] } }
    if (status === 503) return { status: 200, body: { error: ['EService:Unavailable'] } }
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    return {
      status,
      headers: { ...headers, 'content-type': 'text/html' },
      body: '<html><body>Web server error</body></html>',
    }
  }

  #public({ path, query, now }: VenueRequest): unknown {
    const parameters = new URLSearchParams(query)
    switch (path) {
      case '/0/public/Time':
        return { unixtime: Math.floor(now / 1000), rfc1123: new Date(now).toUTCString() }
      case '/0/public/SystemStatus':
        return { status: 'online', timestamp: new Date(now).toISOString() }
      case '/0/public/Assets':
        return assets(this.#parts)
      case '/0/public/AssetPairs':
        return assetPairs(this.#parts.profile.markets, parameters.get('pair'))
      case '/0/public/OHLC':
        return ohlc(this.#parts, this.#showcase, parameters, now)
      default:
        throw refusal('EGeneral:Unknown method')
    }
  }

  #private(request: VenueRequest): unknown {
    if (request.method !== 'POST') throw refusal('EGeneral:Unknown method')
    const { key, parameters, nonce } = this.#authenticator.check(request)
    const { path, now } = request
    const history = path.endsWith('/TradesHistory') || path.endsWith('/Ledgers')
    this.#counter.spend(key.apiKey, history ? HISTORY_COST : PLAIN_COST, now)
    switch (path) {
      case '/0/private/GetApiKeyInfo':
        return apiKeyInfo(this.#parts, key, nonce, now)
      case '/0/private/Balance':
        return balance(this.#parts)
      case '/0/private/BalanceEx':
        return balanceExtended(this.#parts)
      case '/0/private/TradesHistory':
        return tradesHistory(this.#parts, this.#showcase, parameters, path, now)
      case '/0/private/Ledgers':
        return ledgers(this.#parts, this.#showcase, parameters, path, now)
      default:
        throw refusal('EGeneral:Unknown method')
    }
  }
}
