import { type Exchange, Showcase, type VenueParts } from '../exchange/exchange.ts'
import type { VenueRequest, VenueResponse } from '../exchange/message.ts'
import { accounts, fills, keyPermissions, transactionSummary } from './account-data.ts'
import { authenticate } from './authentication.ts'
import type { CoinbaseKey } from './keys.ts'
import { candles, cryptoCurrencies, currencies, exchangeRates, product, productNamed, products } from './market-data.ts'
import { RateLimit, rateLimited } from './rate-limit.ts'
import { refusal } from './refusals.ts'
import { transactions, wallets } from './transactions.ts'

const V3 = '/api/v3/brokerage'

/** Coinbase Advanced Trade (`/api/v3/brokerage`) and the part of the Coinbase App API (`/v2`) that lists money in and out. */
export class CoinbaseExchange implements Exchange {
  readonly venue = 'coinbase'
  readonly #parts: VenueParts<CoinbaseKey>
  readonly #showcase: Showcase
  readonly #rates: RateLimit

  constructor(parts: VenueParts<CoinbaseKey>) {
    this.#parts = parts
    this.#showcase = new Showcase(parts)
    this.#rates = new RateLimit(parts.settings.rateLimitScale)
  }

  answer(request: VenueRequest): VenueResponse {
    if (request.method !== 'GET') throw refusal(404, 'not_found', 'Not found')
    const open = this.#public(request)
    if (open !== undefined) {
      this.#rates.spend(null, request.now)
      return { status: 200, body: open }
    }
    const key = authenticate(request, this.#parts.keys)
    this.#rates.spend(key.apiKey, request.now)
    return { status: 200, body: this.#private(request, key) }
  }

  failure(status: number, retryAfter: number | undefined): VenueResponse {
    if (status === 429) return rateLimited(retryAfter ?? 1)
    if (status === 401) return { status, body: 'Unauthorized\n' }
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    return {
      status,
      headers,
      body: { error: 'INTERNAL', error_details: 'internal server error', message: 'internal server error' },
    }
  }

  #public({ path, query, now }: VenueRequest): unknown {
    const parameters = new URLSearchParams(query)
    const iso = new Date(now).toISOString()
    switch (path) {
      case '/v2/time':
        return { data: { iso, epoch: Math.floor(now / 1000) } }
      case `${V3}/time`:
        return { iso, epochSeconds: String(Math.floor(now / 1000)), epochMillis: String(now) }
      case '/v2/currencies':
        return currencies(this.#parts)
      case '/v2/currencies/crypto':
        return cryptoCurrencies(this.#parts)
      case '/v2/exchange-rates':
        return exchangeRates(this.#parts, now)
      default:
        return path.startsWith(`${V3}/market/products`)
          ? this.#products(path.slice(`${V3}/market/products`.length), parameters, now)
          : undefined
    }
  }

  #private({ path, query, now }: VenueRequest, key: CoinbaseKey): unknown {
    const parameters = new URLSearchParams(query)
    const wallet = /^\/v2\/accounts\/([^/]+)\/transactions$/.exec(path)?.[1]
    if (wallet !== undefined) return transactions(this.#parts, this.#showcase, wallet, parameters, path, now)
    if (path.startsWith(`${V3}/products`)) return this.#products(path.slice(`${V3}/products`.length), parameters, now)
    switch (path) {
      case `${V3}/key_permissions`:
        return keyPermissions(this.#parts, key)
      case `${V3}/accounts`:
        return accounts(this.#parts, parameters, path)
      case `${V3}/orders/historical/fills`:
        return fills(this.#parts, this.#showcase, parameters, path, now)
      case `${V3}/transaction_summary`:
        return transactionSummary()
      case `${V3}/portfolios`:
        return { portfolios: [{ name: 'Default', uuid: this.#parts.accountId, type: 'DEFAULT', deleted: false }] }
      case '/v2/accounts':
        return wallets(this.#parts, parameters, path)
      default:
        throw refusal(404, 'not_found', 'Not found')
    }
  }

  /** `''`, `/{id}` or `/{id}/candles` below a products path. */
  #products(rest: string, parameters: URLSearchParams, now: number): unknown {
    if (rest === '') return products(this.#parts, parameters, now)
    const parts = /^\/([^/]+)(\/candles)?$/.exec(rest)
    if (parts === null) throw refusal(404, 'not_found', 'Not found')
    const [, id = '', inner] = parts
    if (inner === undefined) return product(this.#parts, productNamed(this.#parts, id), now)
    return candles(this.#parts, this.#showcase, id, parameters, now)
  }
}
