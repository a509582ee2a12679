import type { Fill } from '../account/events.ts'
import { fixedAtLeast } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import { wholeNumber } from '../exchange/message.ts'
import { pageSize } from '../exchange/page-size.ts'
import { DAY_MS } from '../market/price-path.ts'
import { marketNamed, symbolOf } from './market-data.ts'
import { refusal } from './refusals.ts'

const DEFAULT_TRADES = 500
const MOST_TRADES = 1000
/** `GET /api/v3/account` */
export function accountInfo(parts: VenueParts<VenueKey>, query: URLSearchParams, now: number): unknown {
  const held = parts.trader.account.balances()
  const shown = query.get('omitZeroBalances') === 'true' ? held.filter(({ total }) => total !== 0n) : held
  return {
    makerCommission: 10,
    takerCommission: 10,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: '0.00100000', taker: '0.00100000', buyer: '0.00000000', seller: '0.00000000' },
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: now,
    accountType: 'SPOT',
    balances: shown.map(({ asset, total }) => ({ asset, free: atLeastEight(total), locked: '0.00000000' })),
    permissions: ['SPOT'],
    uid: Number(parts.accountId),
  }
}

/**
 * `GET /api/v3/myTrades`: oldest first by id. With `fromId`: from that id on. With times: within them, 24 hours at most;
 * a lone `startTime` is read as the 24 hours after it. With neither: the newest.
 */
export function myTrades(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  const symbol = query.get('symbol')
  if (symbol === null || symbol === '') throw refusal('mandatoryMissing', 'symbol')
  const market = marketNamed(parts, symbol)
  const limit = numberOf(query, 'limit') ?? DEFAULT_TRADES
  const size = pageSize(parts.settings, MOST_TRADES, limit)
  const [fromId, startTime, endTime] = ['fromId', 'startTime', 'endTime'].map((name) => numberOf(query, name))
  const orderId = query.get('orderId')
  if (fromId !== undefined && (startTime !== undefined || endTime !== undefined)) throw refusal('badCombination')
  if (orderId !== null && (startTime !== undefined || endTime !== undefined)) throw refusal('badCombination')
  const all = showcase.fillsOf(market, now)
  const fills = orderId === null ? all : all.filter((fill) => fill.orderId === orderId)
  const page = (start: number): readonly Fill[] => parts.faults.page(fills, start, size, path)
  if (fromId !== undefined) return page(firstWhere(fills, (fill) => Number(fill.tradeId) >= fromId)).map(trade)
  if (startTime === undefined && endTime === undefined) {
    return page(Math.max(0, fills.length - size)).map(trade)
  }
  const from = startTime ?? 0
  const to = endTime ?? from + DAY_MS
  if (startTime !== undefined && to - from > DAY_MS) throw refusal('lookupTooBig', '24 hours')
  const within = fills.filter(({ at }) => at >= from * 1000 && at < (to + 1) * 1000)
  const start = startTime === undefined ? Math.max(0, within.length - size) : 0
  return parts.faults.page(within, start, size, path).map(trade)
}

function trade(fill: Fill): unknown {
  return {
    symbol: symbolOf(fill.market),
    id: Number(fill.tradeId),
    orderId: Number(fill.orderId),
    orderListId: -1,
    price: atLeastEight(fill.price),
    qty: atLeastEight(fill.quantity),
    quoteQty: atLeastEight(fill.cost),
    commission: atLeastEight(fill.fee),
    commissionAsset: fill.feeAsset,
    time: Math.floor(fill.at / 1000),
    isBuyer: fill.side === 'buy',
    isMaker: fill.maker,
    isBestMatch: true,
  }
}

/** Eight decimals, as Binance prints money; more only where the product of a fine price and quantity needs them. */
function atLeastEight(value: bigint): string {
  return fixedAtLeast(value, 8)
}

export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = wholeNumber(text)
  if (value === undefined) throw refusal('illegalCharacters', name)
  return value
}

/** Index of the first row that fits, or the length; the rows are sorted so that none fits before it. */
function firstWhere<T>(rows: readonly T[], fits: (row: T) => boolean): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = rows[middle]
    if (row !== undefined && fits(row)) high = middle
    else low = middle + 1
  }
  return low
}
