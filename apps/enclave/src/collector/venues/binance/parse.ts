/**
 * Binance Spot: raw answers to canonical events, pure and exact. Shapes: developers.binance.com, Spot REST API and Wallet.
 * Input is the output of `parseLosslessJson`; anything unexpected throws `venue_answer_invalid`.
 */
import type { DailyClose, Decimal, Fee, Fill, Flow } from '@perf-aggregator/performance'
import { addDecimals } from '@perf-aggregator/performance'
import type { KeyReport } from '../../../ports/venue.ts'
import { isZero, magnitude } from '../../decimal.ts'
import { dayOf } from '../day.ts'
import type { Fields } from '../fields.ts'
import {
  asDecimal,
  asFields,
  asInteger,
  asList,
  decimal,
  flag,
  integer,
  invalidAnswer,
  millisecondsField,
  optionalText,
  positive,
  text,
  utcTextField,
} from '../fields.ts'

export interface BinanceMarket {
  readonly symbol: string
  readonly base: string
  readonly quote: string
}

/** `GET /api/v3/exchangeInfo`: every spot market by its symbol. */
export function parseMarkets(answer: unknown): ReadonlyMap<string, BinanceMarket> {
  const markets = new Map<string, BinanceMarket>()
  for (const entry of asList(asFields(answer, 'exchange information')['symbols'], 'symbols')) {
    const fields = asFields(entry, 'symbol')
    const symbol = text(fields, 'symbol')
    markets.set(symbol, { symbol, base: text(fields, 'baseAsset'), quote: text(fields, 'quoteAsset') })
  }
  return markets
}

/** `GET /api/v3/myTrades`. Ids are Binance's own, ascending per symbol. */
export function parseFills(answer: unknown, account: string, market: BinanceMarket): readonly Fill[] {
  return asList(answer, 'trades').map((entry) => parseFill(asFields(entry, 'trade'), account, market))
}

function parseFill(trade: Fields, account: string, market: BinanceMarket): Fill {
  if (text(trade, 'symbol') !== market.symbol) throw invalidAnswer('symbol')
  const commission = decimal(trade, 'commission')
  return {
    kind: 'fill',
    account,
    venue: 'binance',
    product: 'spot',
    market: `${market.base}/${market.quote}`,
    base: market.base,
    quote: market.quote,
    tradeId: tradeId(trade),
    orderId: text(trade, 'orderId'),
    at: millisecondsField(trade, 'time'),
    side: flag(trade, 'isBuyer') ? 'buy' : 'sell',
    quantity: positive(trade, 'qty'),
    price: positive(trade, 'price'),
    quoteQuantity: decimal(trade, 'quoteQty'),
    fees: isZero(commission) ? [] : [{ asset: text(trade, 'commissionAsset'), amount: commission }],
    liquidity: flag(trade, 'isMaker') ? 'maker' : 'taker',
    execution: 'trade',
  }
}

function tradeId(trade: Fields): string {
  const id = text(trade, 'id')
  // The walk by fromId computes with it.
  if (!/^\d{1,20}$/.test(id)) throw invalidAnswer('id')
  return id
}

/** Statuses in which the amount is on the account: 1 success, 6 credited but not yet withdrawable. */
const CREDITED = new Set(['1', '6'])

/** `GET /sapi/v1/capital/deposit/hisrec`; a deposit that was not credited is null. */
export function parseDeposit(entry: unknown, account: string): Flow | null {
  const deposit = asFields(entry, 'deposit')
  const status = text(deposit, 'status')
  if (!CREDITED.has(status)) return null
  return {
    kind: 'flow',
    account,
    venue: 'binance',
    id: optionalText(deposit, 'id') ?? `${text(deposit, 'coin')}:${text(deposit, 'txId')}`,
    at: millisecondsField(deposit, 'insertTime'),
    flow: 'deposit',
    direction: 'in',
    asset: text(deposit, 'coin'),
    amount: positive(deposit, 'amount'),
  }
}

const COMPLETED = '6'

/** `GET /sapi/v1/capital/withdraw/history`; one that did not complete is null. `amount` is what left without the fee. */
export function parseWithdrawal(entry: unknown, account: string): Flow | null {
  const withdrawal = asFields(entry, 'withdrawal')
  if (text(withdrawal, 'status') !== COMPLETED) return null
  const asset = text(withdrawal, 'coin')
  const fee = optionalText(withdrawal, 'transactionFee') === null ? '0' : decimal(withdrawal, 'transactionFee')
  return {
    kind: 'flow',
    account,
    venue: 'binance',
    id: text(withdrawal, 'id'),
    at: utcTextField(withdrawal, 'applyTime'),
    flow: 'withdrawal',
    direction: 'out',
    asset,
    amount: positive(withdrawal, 'amount'),
    ...feeOf(asset, fee),
  }
}

function feeOf(asset: string, amount: Decimal): { fee?: Fee } {
  return isZero(amount) ? {} : { fee: { asset, amount: magnitude(amount) } }
}

/** `GET /api/v3/account`: free and locked together, assets at zero left out. */
export function parseBalances(answer: unknown): readonly { asset: string; total: Decimal }[] {
  return asList(asFields(answer, 'account')['balances'], 'balances').flatMap((entry) => {
    const balance = asFields(entry, 'balance')
    const total = addDecimals(decimal(balance, 'free'), decimal(balance, 'locked'))
    return isZero(total) ? [] : [{ asset: text(balance, 'asset'), total }]
  })
}

/** `GET /api/v3/account`: Binance's number of the account. */
export function parseAccountUid(answer: unknown): string {
  return text(asFields(answer, 'account'), 'uid')
}

/** Rights that only read. Every other `enable…` or `permit…` must be off, those Binance has yet to invent included. */
const READ_ONLY_RIGHTS = new Set(['enableReading', 'enableFixReadOnly'])

/** `GET /sapi/v1/account/apiRestrictions`. */
export function parseKeyReport(answer: unknown, accountUid: string): KeyReport {
  const rights = asFields(answer, 'key restrictions')
  const excess = Object.keys(rights)
    .filter((name) => /^(?:enable|permit)/.test(name) && !READ_ONLY_RIGHTS.has(name))
    .filter((name) => flag(rights, name))
  return { readOnly: flag(rights, 'enableReading') && excess.length === 0, excess, accountUid }
}

/** `GET /api/v3/klines` with `interval=1d`; the running day's close is its last price so far. */
export function parseDailyCloses(answer: unknown, market: BinanceMarket): readonly DailyClose[] {
  return asList(answer, 'candles').map((entry) => {
    const candle = asList(entry, 'candle')
    const opened = asInteger(candle[0], 'candle time')
    const close = asDecimal(candle[4], 'candle close')
    const day = dayOf(opened)
    return { market: `${market.base}/${market.quote}`, base: market.base, quote: market.quote, day, close }
  })
}

/** `GET /api/v3/time`, milliseconds. */
export function parseTime(answer: unknown): number {
  return integer(asFields(answer, 'time'), 'serverTime')
}
