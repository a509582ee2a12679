import { fixed, plain, unit } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import { wholeNumber } from '../exchange/message.ts'
import type { Market } from '../market/market.ts'
import { DAY_MS } from '../market/price-path.ts'
import { refusal } from './refusals.ts'
import { WEIGHT_PER_MINUTE } from './weight-limit.ts'

const DEFAULT_KLINES = 500
const MOST_KLINES = 1000

export function symbolOf(market: Market): string {
  return market.base + market.quote
}

export function marketNamed(parts: VenueParts<VenueKey>, symbol: string): Market {
  const market = parts.profile.markets.find((other) => symbolOf(other) === symbol)
  if (market === undefined) throw refusal('invalidSymbol')
  return market
}

/** `GET /api/v3/exchangeInfo` */
export function exchangeInfo(markets: readonly Market[], symbol: string | null, now: number): unknown {
  const wanted = markets.filter((market) => symbol === null || symbolOf(market) === symbol)
  if (wanted.length === 0) throw refusal('invalidSymbol')
  return {
    timezone: 'UTC',
    serverTime: now,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: WEIGHT_PER_MINUTE },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
    ],
    exchangeFilters: [],
    symbols: wanted.map(symbolInfo),
  }
}

function symbolInfo(market: Market): unknown {
  const tick = fixed(unit(market.priceDecimals), 8)
  const step = fixed(unit(market.quantityDecimals), 8)
  return {
    symbol: symbolOf(market),
    status: 'TRADING',
    baseAsset: market.base,
    baseAssetPrecision: 8,
    quoteAsset: market.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '1000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: step, maxQty: '9000000.00000000', stepSize: step },
      {
        filterType: 'NOTIONAL',
        minNotional: '5.00000000',
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
    ],
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  }
}

/** `GET /api/v3/klines`: daily candles only. Volumes are zero: the sandbox has no market beside its one trader. */
export function klines(parts: VenueParts<VenueKey>, showcase: Showcase, query: URLSearchParams, now: number): unknown {
  const symbol = query.get('symbol')
  if (symbol === null) throw refusal('mandatoryMissing', 'symbol')
  const market = marketNamed(parts, symbol)
  if (query.get('interval') !== '1d') throw refusal('invalidInterval')
  const limit = Math.min(wholeNumber(query.get('limit') ?? '') ?? DEFAULT_KLINES, MOST_KLINES)
  const startTime = wholeNumber(query.get('startTime') ?? '')
  const endTime = wholeNumber(query.get('endTime') ?? '') ?? now
  const first = Math.ceil((startTime ?? 0) / DAY_MS)
  const days = showcase.days(first, Math.floor(endTime / DAY_MS), now)
  const shown = startTime === undefined ? days.slice(-limit) : days.slice(0, limit)
  return shown.map((day) => {
    const { open, high, low, close } = showcase.candle(market, day, now)
    const [o, h, l, c] = [open, high, low, close].map((price) => fixed(price, Math.max(8, market.priceDecimals)))
    const from = day * DAY_MS
    return [from, o, h, l, c, '0.00000000', from + DAY_MS - 1, '0.00000000', 0, '0.00000000', '0.00000000', '0']
  })
}

/** `GET /api/v3/ticker/price` */
export function tickerPrice(parts: VenueParts<VenueKey>, now: number): unknown {
  return parts.profile.markets.map((market) => ({
    symbol: symbolOf(market),
    price: plain(parts.board.price(market, now)),
  }))
}
