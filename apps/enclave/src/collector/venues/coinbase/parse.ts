/**
 * Coinbase Advanced Trade and the v2 account history: raw answers to canonical events, pure and exact.
 * Shapes: docs.cdp.coinbase.com. Input is the output of `parseLosslessJson`; anything unexpected throws `venue_answer_invalid`.
 */
import type { DailyClose, Decimal, Fill, Flow } from '@perf-aggregator/performance'
import { addDecimals } from '@perf-aggregator/performance'
import type { KeyReport } from '../../../ports/venue.ts'
import { divideDecimals, isNegative, isZero, magnitude } from '../../decimal.ts'
import { dayOf } from '../day.ts'
import type { Fields } from '../fields.ts'
import {
  asFields,
  asList,
  decimal,
  flag,
  instantField,
  integer,
  invalidAnswer,
  oneOf,
  optionalText,
  positive,
  text,
} from '../fields.ts'

export interface CoinbasePage<T> {
  readonly items: readonly T[]
  /** Where the next page begins; null at the end. */
  readonly next: string | null
}

const EXECUTIONS = { FILL: 'trade', CORRECTION: 'trade', SYNTHETIC: 'trade', REVERSAL: 'reversal' } as const
const LIQUIDITIES = { MAKER: 'maker', TAKER: 'taker' } as const

/** `GET /api/v3/brokerage/orders/historical/fills`, newest first. */
export function parseFills(answer: unknown, account: string): CoinbasePage<Fill> {
  const page = asFields(answer, 'fills page')
  return {
    items: asList(page['fills'], 'fills').map((entry) => parseFill(asFields(entry, 'fill'), account)),
    next: optionalText(page, 'cursor'),
  }
}

/**
 * Identity is `entry_id`: the venue's `trade_id` is shared by a fill and its reversal.
 * When `size` is given in quote, base units are size ÷ price, half to even at 18 places, and the exact quote amount is kept beside.
 */
function parseFill(fill: Fields, account: string): Fill {
  const { base, quote } = splitProduct(text(fill, 'product_id'))
  const price = positive(fill, 'price')
  const size = positive(fill, 'size')
  const inQuote = flag(fill, 'size_in_quote')
  const commission = decimal(fill, 'commission')
  const liquidity = optionalText(fill, 'liquidity_indicator')
  return {
    kind: 'fill',
    account,
    venue: 'coinbase',
    product: 'spot',
    market: `${base}/${quote}`,
    base,
    quote,
    tradeId: text(fill, 'entry_id'),
    orderId: text(fill, 'order_id'),
    at: instantField(fill, 'trade_time'),
    side: oneOf(fill, 'side', { BUY: 'buy', SELL: 'sell' } as const),
    quantity: inQuote ? divideDecimals(size, price, 18) : size,
    price,
    ...(inQuote ? { quoteQuantity: size } : {}),
    fees: isZero(commission) ? [] : [{ asset: quote, amount: commission }],
    ...(liquidity === 'MAKER' || liquidity === 'TAKER' ? { liquidity: LIQUIDITIES[liquidity] } : {}),
    execution: oneOf(fill, 'trade_type', EXECUTIONS),
  }
}

/** `BTC-USD`. A product with more parts is a future, which this connector does not book: refused, never guessed. */
function splitProduct(product: string): { base: string; quote: string } {
  const parts = product.split('-')
  const [base = '', quote = ''] = parts
  if (parts.length !== 2 || base === '' || quote === '') throw invalidAnswer('product_id')
  return { base, quote }
}

/** What a transaction of the v2 history is to the ledger. `fill` is booked from the fills instead. */
const TRANSACTIONS: Readonly<Record<string, Flow['flow'] | 'fill'>> = {
  advanced_trade_fill: 'fill',
  fiat_deposit: 'deposit',
  fiat_withdrawal: 'withdrawal',
  interest: 'interest',
  staking_reward: 'reward',
  inflation_reward: 'reward',
  earn_payout: 'reward',
  incentives_rewards_payout: 'reward',
  subscription_rebate: 'rebate',
}

/** Sent or received: outside money or outside coins, whichever the direction. */
const SENDS = new Set(['send', 'tx', 'onchain_send', 'onchain_receive', 'receive'])

export interface CoinbaseTransaction {
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Not final yet: it may complete, or fail. */
  readonly pending: boolean
  /** Null when it moved nothing, failed, or is a fill. */
  readonly flow: Flow | null
}

/** `GET /v2/accounts/{id}/transactions`. Any type not listed above moves value within Coinbase: a transfer. */
export function parseTransactions(answer: unknown, account: string): CoinbasePage<CoinbaseTransaction> {
  const page = asFields(answer, 'transactions page')
  return {
    items: asList(page['data'], 'transactions').map((entry) =>
      parseTransaction(asFields(entry, 'transaction'), account),
    ),
    next: nextUri(page),
  }
}

function parseTransaction(entry: Fields, account: string): CoinbaseTransaction {
  const at = instantField(entry, 'created_at')
  const createdAt = at / 1000
  const status = text(entry, 'status')
  const type = text(entry, 'type')
  const money = asFields(entry['amount'], 'amount')
  const amount = decimal(money, 'amount')
  const direction = isNegative(amount) ? 'out' : 'in'
  const kind = SENDS.has(type)
    ? direction === 'in'
      ? 'deposit'
      : 'withdrawal'
    : Object.hasOwn(TRANSACTIONS, type)
      ? TRANSACTIONS[type]
      : 'transfer'
  const pending = status === 'pending' || status.startsWith('waiting_')
  if (pending || status !== 'completed' || kind === undefined || kind === 'fill' || isZero(amount)) {
    return { createdAt, pending, flow: null }
  }
  return {
    createdAt,
    pending,
    flow: {
      kind: 'flow',
      account,
      venue: 'coinbase',
      id: text(entry, 'id'),
      at,
      flow: kind,
      direction,
      asset: text(money, 'currency'),
      // The network fee, where there is one, is inside the amount: it is what left the account.
      amount: magnitude(amount),
    },
  }
}

/** `starting_after` of the next page, out of `pagination.next_uri`. */
function nextUri(page: Fields): string | null {
  if (page['pagination'] === undefined || page['pagination'] === null) return null
  const uri = optionalText(asFields(page['pagination'], 'pagination'), 'next_uri')
  if (uri === null) return null
  const after = /[?&]starting_after=([\w-]{1,100})(?:&|$)/.exec(uri)?.[1]
  if (after === undefined) throw invalidAnswer('next_uri')
  return after
}

/** `GET /v2/accounts`: ids of the accounts (one per asset, vaults included) whose history makes the flows. */
export function parseAccountIds(answer: unknown): CoinbasePage<string> {
  const page = asFields(answer, 'accounts page')
  return {
    items: asList(page['data'], 'accounts').map((entry) => {
      const id = text(asFields(entry, 'account'), 'id')
      if (!/^[\w-]{1,100}$/.test(id)) throw invalidAnswer('id')
      return id
    }),
    next: nextUri(page),
  }
}

/** `GET /api/v3/brokerage/accounts`: available and on hold together, assets at zero left out. */
export function parseBalances(answer: unknown): CoinbasePage<{ id: string; asset: string; total: Decimal }> {
  const page = asFields(answer, 'accounts page')
  const items = asList(page['accounts'], 'accounts').flatMap((entry) => {
    const balance = asFields(entry, 'account')
    const available = decimal(asFields(balance['available_balance'], 'available_balance'), 'value')
    const hold = decimal(asFields(balance['hold'], 'hold'), 'value')
    const total = addDecimals(available, hold)
    return isZero(total) ? [] : [{ id: text(balance, 'uuid'), asset: text(balance, 'currency'), total }]
  })
  return { items, next: flag(page, 'has_next') ? text(page, 'cursor') : null }
}

/** `GET /api/v3/brokerage/key_permissions`: every `can_…` but `can_view` must be off, those yet to be invented included. */
export function parseKeyReport(answer: unknown): KeyReport {
  const rights = asFields(answer, 'key permissions')
  const excess = Object.keys(rights)
    .filter((name) => name.startsWith('can_') && name !== 'can_view')
    .filter((name) => flag(rights, name))
  // Named, so that an answer without them is refused rather than read as "may not".
  flag(rights, 'can_trade')
  flag(rights, 'can_transfer')
  return {
    readOnly: flag(rights, 'can_view') && excess.length === 0,
    excess,
    accountUid: text(rights, 'portfolio_uuid'),
  }
}

/** `GET …/market/products`: the spot products. */
export function parseProducts(answer: unknown): ReadonlySet<string> {
  const products = asList(asFields(answer, 'products')['products'], 'products').map((entry) =>
    asFields(entry, 'product'),
  )
  return new Set(
    products.filter((product) => product['product_type'] === 'SPOT').map((product) => text(product, 'product_id')),
  )
}

/** `GET …/market/products/{id}/candles` with `ONE_DAY`; the running day's close is its last price so far. */
export function parseDailyCloses(answer: unknown, product: string): readonly DailyClose[] {
  const { base, quote } = splitProduct(product)
  return asList(asFields(answer, 'candles')['candles'], 'candles').map((entry) => {
    const candle = asFields(entry, 'candle')
    const start = integer(candle, 'start')
    const close = decimal(candle, 'close')
    return { market: `${base}/${quote}`, base, quote, day: dayOf(start * 1000), close }
  })
}

/** `GET /api/v3/brokerage/time`, milliseconds. */
export function parseTime(answer: unknown): number {
  return integer(asFields(answer, 'time'), 'epochMillis')
}
