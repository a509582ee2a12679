import { fixed, unit } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import { wholeNumber } from '../exchange/message.ts'
import type { Market } from '../market/market.ts'
import { DAY_MS } from '../market/price-path.ts'
import { refusal } from './authentication.ts'
import { assetName, pairAltname, pairId } from './names.ts'

const MOST_CANDLES = 720
const DAY_MINUTES = 1440

/** `GET /0/public/Assets` */
export function assets(parts: VenueParts<VenueKey>): unknown {
  return Object.fromEntries(
    parts.profile.assets.map(({ asset }) => {
      const { id, altname, decimals, display } = assetName(asset)
      return [id, { aclass: 'currency', altname, decimals, display_decimals: display, status: 'enabled' }]
    }),
  )
}

/** `GET /0/public/AssetPairs` */
export function assetPairs(markets: readonly Market[], wanted: string | null): unknown {
  const names = wanted?.split(',')
  const shown = markets.filter((market) => names === undefined || names.some((name) => isPair(market, name)))
  if (shown.length === 0) throw refusal('EQuery:Unknown asset pair')
  return Object.fromEntries(shown.map((market) => [pairId(market), pairInfo(market)]))
}

function isPair(market: Market, name: string): boolean {
  return pairId(market) === name || pairAltname(market) === name || wsName(market) === name
}

function wsName(market: Market): string {
  return `${assetName(market.base).altname}/${assetName(market.quote).altname}`
}

function pairInfo(market: Market): unknown {
  return {
    altname: pairAltname(market),
    wsname: wsName(market),
    aclass_base: 'currency',
    base: assetName(market.base).id,
    aclass_quote: 'currency',
    quote: assetName(market.quote).id,
    lot: 'unit',
    cost_decimals: costDecimals(market),
    pair_decimals: market.priceDecimals,
    lot_decimals: market.quantityDecimals,
    lot_multiplier: 1,
    leverage_buy: [],
    leverage_sell: [],
    fees: [
      [0, 0.26],
      [50_000, 0.24],
    ],
    fees_maker: [
      [0, 0.16],
      [50_000, 0.14],
    ],
    fee_volume_currency: 'ZUSD',
    margin_call: 80,
    margin_stop: 40,
    ordermin: '0.0001',
    costmin: '0.5',
    tick_size: fixed(unit(market.priceDecimals), market.priceDecimals),
    status: 'online',
  }
}

/** Decimals printed in costs and fees: five, or what the ledger needs. */
export function costDecimals(market: Market): number {
  return Math.max(5, market.costDecimals ?? 0)
}

/** `GET /0/public/OHLC`, daily only: the newest 720, the running day last, `since` exclusive. Volumes are zero. */
export function ohlc(parts: VenueParts<VenueKey>, showcase: Showcase, query: URLSearchParams, now: number): unknown {
  const pair = query.get('pair') ?? ''
  const market = parts.profile.markets.find((other) => isPair(other, pair))
  if (market === undefined) throw refusal('EQuery:Unknown asset pair')
  if (query.get('interval') !== String(DAY_MINUTES)) throw refusal('EGeneral:Invalid arguments:interval')
  const since = wholeNumber(query.get('since') ?? '0') ?? 0
  const today = Math.floor(now / DAY_MS)
  const days = showcase.days(today - MOST_CANDLES + 1, today, now).filter((day) => day * 86_400 > since)
  const rows = days.map((day) => {
    const { open, high, low, close } = showcase.candle(market, day, now)
    const [o, h, l, c] = [open, high, low, close].map((price) => fixed(price, market.priceDecimals))
    return [day * 86_400, o, h, l, c, c, '0.00000000', 0]
  })
  return { [pairId(market)]: rows, last: (today - 1) * 86_400 }
}
