/**
 * Kraken Spot: raw answers to canonical events, pure and exact. Shapes: docs.kraken.com, Spot REST API.
 * Input is the output of `parseLosslessJson`; anything unexpected throws `venue_answer_invalid`.
 */
import type { DailyClose, Decimal, Fee, Fill, Flow } from '@perf-aggregator/performance'
import { addDecimals } from '@perf-aggregator/performance'
import type { KeyReport } from '../../../ports/venue.ts'
import { isNegative, isZero, magnitude } from '../../decimal.ts'
import { dayOf } from '../day.ts'
import type { Fields } from '../fields.ts'
import {
  asDecimal,
  asFields,
  asInteger,
  asList,
  decimal,
  integer,
  invalidAnswer,
  oneOf,
  optionalText,
  positive,
  secondsField,
  text,
} from '../fields.ts'
import { assetName } from './assets.ts'

export interface KrakenMarket {
  /** The name requests use. */
  readonly pair: string
  readonly base: string
  readonly quote: string
}

/** The `result` of an answer without errors. */
function resultOf(answer: unknown): unknown {
  const fields = asFields(answer, 'answer')
  if (asList(fields['error'], 'error').length > 0) throw invalidAnswer('result')
  return fields['result']
}

/** `GET /0/public/AssetPairs`, by every name Kraken uses for a pair: `XXBTZUSD`, `XBTUSD` and `XBT/USD` are one market. */
export function parseMarkets(answer: unknown): ReadonlyMap<string, KrakenMarket> {
  const markets = new Map<string, KrakenMarket>()
  for (const [pair, entry] of Object.entries(asFields(resultOf(answer), 'pairs'))) {
    const fields = asFields(entry, 'pair')
    const market = { pair, base: assetName(text(fields, 'base')), quote: assetName(text(fields, 'quote')) }
    for (const name of [pair, optionalText(fields, 'altname'), optionalText(fields, 'wsname')]) {
      if (name !== null) markets.set(name, market)
    }
  }
  return markets
}

/** Quotes Kraken has listed markets in, longest first, to split the pair of a market it no longer lists. */
const QUOTES = ['USDT', 'USDC', 'PYUSD', 'ZUSD', 'ZEUR', 'ZGBP', 'ZCAD', 'ZJPY', 'ZAUD', 'ZKRW', 'XXBT', 'XETH']
const SHORT_QUOTES = ['USD', 'EUR', 'GBP', 'CAD', 'JPY', 'AUD', 'CHF', 'XBT', 'ETH', 'DAI', 'DOT']

/** The market of a fill. Delisted pairs are split by their quote; a name that cannot be split is refused, never guessed. */
export function marketOf(pair: string, markets: ReadonlyMap<string, KrakenMarket>): KrakenMarket {
  const listed = markets.get(pair)
  if (listed !== undefined) return listed
  const [slashBase = '', slashQuote = ''] = pair.includes('/') ? pair.split('/') : []
  if (slashBase !== '' && slashQuote !== '') return { pair, base: assetName(slashBase), quote: assetName(slashQuote) }
  const quote = [...QUOTES, ...SHORT_QUOTES].find((name) => pair.endsWith(name) && pair.length - name.length >= 2)
  if (quote === undefined) throw invalidAnswer('pair')
  return { pair, base: assetName(pair.slice(0, -quote.length)), quote: assetName(quote) }
}

/** One page of `TradesHistory` or `Ledgers`, in the order the venue sent it. */
export interface KrakenPage {
  readonly entries: readonly { readonly id: string; readonly fields: Fields }[]
  /** How many entries match the query in all, as the venue counts. */
  readonly count: number
}

export function parsePage(answer: unknown, list: 'trades' | 'ledger'): KrakenPage {
  const result = asFields(resultOf(answer), list)
  const entries = Object.entries(asFields(result[list], list)).map(([id, entry]) => ({
    id,
    fields: asFields(entry, list),
  }))
  return { entries, count: integer(result, 'count') }
}

/** An entry of `TradesHistory`. The fee is in quote. Times keep their microseconds. */
export function parseFill(
  id: string,
  trade: Fields,
  account: string,
  markets: ReadonlyMap<string, KrakenMarket>,
): Fill {
  const { base, quote } = marketOf(text(trade, 'pair'), markets)
  const fee = decimal(trade, 'fee')
  const maker = trade['maker']
  return {
    kind: 'fill',
    account,
    venue: 'kraken',
    product: 'spot',
    market: `${base}/${quote}`,
    base,
    quote,
    tradeId: id,
    orderId: text(trade, 'ordertxid'),
    at: secondsField(trade, 'time'),
    side: oneOf(trade, 'type', { buy: 'buy', sell: 'sell' } as const),
    quantity: positive(trade, 'vol'),
    price: positive(trade, 'price'),
    quoteQuantity: decimal(trade, 'cost'),
    fees: isZero(fee) ? [] : [{ asset: quote, amount: fee }],
    ...(typeof maker === 'boolean' ? { liquidity: maker ? 'maker' : 'taker' } : {}),
    execution: 'trade',
  }
}

/** What a ledger entry is to us. `fill` is booked from `TradesHistory`. */
const LEDGER_TYPES: Readonly<Record<string, Flow['flow'] | 'fill'>> = {
  trade: 'fill',
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  staking: 'reward',
  reward: 'reward',
  dividend: 'reward',
  airdrop: 'reward',
  earn: 'reward',
  rollover: 'interest',
}

/**
 * Subtypes by type that only move an asset between wallets of the account, all of which `Balance` shows and `assetName`
 * joins. Not flows: a lot that went out and came back would have a new cost, and its loss would be nobody's.
 */
const MOVES: Readonly<Record<string, ReadonlySet<string>>> = {
  earn: new Set(['allocation', 'deallocation', 'autoallocation', 'migration', 'autoallocate']),
  transfer: new Set(['spottostaking', 'stakingfromspot', 'stakingtospot', 'spotfromstaking']),
}

/**
 * An entry of `Ledgers`; null for fills, for moves between wallets, and for entries that move nothing. Types not listed (instant `spend` and
 * `receive`, `transfer`, `adjustment`, `settled`, …) change the balance within Kraken: transfers, valued at the market,
 * so that none of them can look like profit.
 */
export function parseFlow(id: string, entry: Fields, account: string): Flow | null {
  const type = text(entry, 'type')
  const amount = decimal(entry, 'amount')
  const fee = decimal(entry, 'fee')
  const subtype = optionalText(entry, 'subtype') ?? ''
  const isMove = Object.hasOwn(MOVES, type) && MOVES[type]?.has(subtype) === true
  if (isMove && isZero(fee)) return null
  const known = Object.hasOwn(LEDGER_TYPES, type) ? LEDGER_TYPES[type] : undefined
  const flow = isMove ? 'transfer' : (known ?? 'transfer')
  if (flow === 'fill') return null
  const asset = assetName(text(entry, 'asset'))
  const shared = { kind: 'flow', account, venue: 'kraken', id, at: secondsField(entry, 'time'), asset } as const
  if (isZero(amount)) {
    // A fee alone (rollover of a margin position, or its fee credits): the fee is what left.
    if (isZero(fee)) return null
    return { ...shared, flow, direction: isNegative(fee) ? 'in' : 'out', amount: magnitude(fee) }
  }
  return {
    ...shared,
    flow,
    direction: isNegative(amount) ? 'out' : 'in',
    amount: magnitude(amount),
    ...feeOf(asset, fee),
  }
}

function feeOf(asset: string, amount: Decimal): { fee?: Fee } {
  return isZero(amount) ? {} : { fee: { asset, amount } }
}

/** `POST /0/private/Balance`: the wallets of one asset (`SOL`, `SOL.S`) added up, assets at zero left out. */
export function parseBalances(answer: unknown): readonly { asset: string; total: Decimal }[] {
  const totals = new Map<string, Decimal>()
  for (const [name, value] of Object.entries(asFields(resultOf(answer), 'balances'))) {
    const asset = assetName(name)
    totals.set(asset, addDecimals(totals.get(asset) ?? '0', asDecimal(value, 'balance')))
  }
  return [...totals].filter(([, total]) => !isZero(total)).map(([asset, total]) => ({ asset, total }))
}

/** Rights that only read. */
const READ_ONLY_RIGHTS = new Set([
  'query-funds',
  'query-open-trades',
  'query-closed-trades',
  'query-ledger',
  'query-ledger-entries',
  'export-data',
])

/**
 * `POST /0/private/GetApiKeyInfo`. A key limited to a window of time (`queryFrom`, `queryTo`) hides history outside it:
 * refused like a right too many, because a record made with it would be picked.
 */
export function parseKeyReport(answer: unknown): KeyReport {
  const info = asFields(resultOf(answer), 'key information')
  const rights = asList(info['permissions'], 'permissions').map((right) => {
    if (typeof right !== 'string' || right === '') throw invalidAnswer('permissions')
    return right
  })
  const excess = [
    ...rights.filter((right) => !READ_ONLY_RIGHTS.has(right)),
    ...['queryFrom', 'queryTo'].filter((name) => {
      const limit = optionalText(info, name)
      return limit !== null && limit !== '0'
    }),
  ]
  return { readOnly: excess.length === 0, excess, accountUid: text(info, 'iban') }
}

/** `GET /0/public/OHLC` with `interval=1440`; the running day's close is its last price so far. */
export function parseDailyCloses(answer: unknown, market: KrakenMarket): readonly DailyClose[] {
  const result = asFields(resultOf(answer), 'candles')
  const series = Object.entries(result).find(([name]) => name !== 'last')?.[1]
  return asList(series, 'candles').map((entry) => {
    const candle = asList(entry, 'candle')
    const start = asInteger(candle[0], 'candle time')
    const close = asDecimal(candle[4], 'candle close')
    const day = dayOf(start * 1000)
    return { market: `${market.base}/${market.quote}`, base: market.base, quote: market.quote, day, close }
  })
}

/** `GET /0/public/Time`, milliseconds. */
export function parseTime(answer: unknown): number {
  return integer(asFields(resultOf(answer), 'time'), 'unixtime') * 1000
}
