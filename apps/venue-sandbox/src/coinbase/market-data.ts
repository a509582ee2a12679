import { fixed, plain, unit } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import { wholeNumber } from '../exchange/message.ts'
import type { Market } from '../market/market.ts'
import { DAY_MS } from '../market/price-path.ts'
import { Seeded } from '../random/seeded.ts'
import type { CoinbaseKey } from './keys.ts'
import { invalidArgument, refusal } from './refusals.ts'

/** Candles per request; more is an error. */
const MOST_CANDLES = 350
const DAY_SECONDS = DAY_MS / 1000
const FIAT = new Set(['USD', 'EUR'])

export function isFiat(asset: string): boolean {
  return FIAT.has(asset)
}

export function productId(market: Market): string {
  return `${market.base}-${market.quote}`
}

/** `GET /api/v3/brokerage/market/products` and `/products`: spot only; no derivative is listed. */
export function products(parts: VenueParts<CoinbaseKey>, query: URLSearchParams, now: number): unknown {
  const type = query.get('product_type') ?? 'SPOT'
  const wanted = query.getAll('product_ids')
  const markets = type === 'SPOT' ? parts.profile.markets : []
  const shown = markets.filter((market) => wanted.length === 0 || wanted.includes(productId(market)))
  return { products: shown.map((market) => product(parts, market, now)), num_products: shown.length }
}

export function product(parts: VenueParts<CoinbaseKey>, market: Market, now: number): unknown {
  const tick = fixed(unit(market.priceDecimals), market.priceDecimals)
  return {
    product_id: productId(market),
    price: plain(parts.board.price(market, now)),
    price_percentage_change_24h: '0',
    volume_24h: '0',
    volume_percentage_change_24h: '0',
    base_increment: '0.00000001',
    quote_increment: tick,
    quote_min_size: '1',
    quote_max_size: '150000000',
    base_min_size: '0.00000001',
    base_max_size: '3400',
    base_name: market.base,
    quote_name: market.quote,
    watched: false,
    is_disabled: false,
    new: false,
    status: 'online',
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: false,
    auction_mode: false,
    product_type: 'SPOT',
    quote_currency_id: market.quote,
    base_currency_id: market.base,
    fcm_trading_session_details: null,
    mid_market_price: '',
    alias: '',
    alias_to: [],
    base_display_symbol: market.base,
    quote_display_symbol: market.quote,
    view_only: false,
    price_increment: tick,
    display_name: productId(market),
    product_venue: 'CBE',
  }
}

export function productNamed(parts: VenueParts<CoinbaseKey>, id: string): Market {
  const market = parts.profile.markets.find((other) => productId(other) === id)
  if (market === undefined) throw refusal(404, 'NOT_FOUND', 'valid product_id is required')
  return market
}

/** `GET …/products/{id}/candles`: days from `start` to `end` (seconds), newest first, 350 at most. */
export function candles(
  parts: VenueParts<CoinbaseKey>,
  showcase: Showcase,
  id: string,
  query: URLSearchParams,
  now: number,
): unknown {
  const market = productNamed(parts, id)
  if (query.get('granularity') !== 'ONE_DAY') throw invalidArgument('unsupported granularity')
  const start = wholeNumber(query.get('start') ?? '')
  const end = wholeNumber(query.get('end') ?? '')
  if (start === undefined || end === undefined || end < start) throw invalidArgument('start and end are required')
  if ((end - start) / DAY_SECONDS > MOST_CANDLES) {
    throw invalidArgument(`number of candles requested should be less than ${MOST_CANDLES}`)
  }
  const days = showcase.days(Math.ceil(start / DAY_SECONDS), Math.floor(end / DAY_SECONDS), now).toReversed()
  return {
    candles: days.map((day) => {
      const { open, high, low, close } = showcase.candle(market, day, now)
      const text = (price: bigint): string => plain(price)
      return {
        start: String(day * DAY_SECONDS),
        low: text(low),
        high: text(high),
        open: text(open),
        close: text(close),
        volume: '0',
      }
    }),
  }
}

/** `GET /v2/currencies`: money only. */
export function currencies(parts: VenueParts<CoinbaseKey>): unknown {
  const fiat = parts.profile.assets.filter(({ asset }) => isFiat(asset))
  return { data: fiat.map(({ asset }) => ({ id: asset, name: asset, min_size: '0.01' })) }
}

/** `GET /v2/currencies/crypto` */
export function cryptoCurrencies(parts: VenueParts<CoinbaseKey>): unknown {
  const crypto = parts.profile.assets.filter(({ asset }) => !isFiat(asset))
  return {
    data: crypto.map(({ asset }, index) => ({
      asset_id: new Seeded(`coinbase-asset/${asset}`).uuid(),
      code: asset,
      name: asset,
      color: '#000000',
      sort_index: 100 + index,
      exponent: 8,
      type: 'crypto',
      address_regex: '^.*$',
    })),
  }
}

/** `GET /v2/exchange-rates`: units of each asset per dollar. */
export function exchangeRates(parts: VenueParts<CoinbaseKey>, now: number): unknown {
  const rates: Record<string, string> = {}
  for (const { asset } of parts.profile.assets) rates[asset] = plain(parts.board.rate('USD', asset, now, 12))
  return { data: { currency: 'USD', rates } }
}
