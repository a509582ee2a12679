import type { Fill } from '../account/events.ts'
import { fixed, plain } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import { microseconds, wholeNumber } from '../exchange/message.ts'
import { pageSize } from '../exchange/page-size.ts'
import { Seeded } from '../random/seeded.ts'
import type { CoinbaseKey } from './keys.ts'
import { isFiat, productId } from './market-data.ts'
import { invalidArgument } from './refusals.ts'

const DEFAULT_FILLS = 100
const MOST_FILLS = 3000
const DEFAULT_ACCOUNTS = 49
const MOST_ACCOUNTS = 250
/** `GET /api/v3/brokerage/key_permissions` */
export function keyPermissions(parts: VenueParts<CoinbaseKey>, key: CoinbaseKey): unknown {
  const rights = parts.keys.rights(key)
  return {
    can_view: true,
    can_trade: rights !== 'read',
    can_transfer: rights === 'withdraw',
    portfolio_uuid: parts.accountId,
    portfolio_type: 'DEFAULT',
  }
}

/** The wallet of an asset has one id in both APIs. */
export function walletId(asset: string): string {
  return new Seeded(`coinbase-wallet/${asset}`).uuid()
}

/** `GET /api/v3/brokerage/accounts`: one per asset, empty ones included, paged by an opaque cursor. */
export function accounts(parts: VenueParts<CoinbaseKey>, query: URLSearchParams, path: string): unknown {
  const assets = parts.profile.assets.map(({ asset }) => asset)
  const start = Number(openCursor(query.get('cursor'), /^\d+$/) ?? '0')
  const asked = wholeNumber(query.get('limit') ?? '') ?? DEFAULT_ACCOUNTS
  const size = pageSize(parts.settings, MOST_ACCOUNTS, asked)
  const page = parts.faults.page(assets, start, size, path)
  const more = start + size < assets.length
  return {
    accounts: page.map((asset) => account(parts, asset)),
    has_next: more,
    cursor: more ? sealCursor(String(start + size)) : '',
    size: page.length,
  }
}

function account(parts: VenueParts<CoinbaseKey>, asset: string): unknown {
  return {
    uuid: walletId(asset),
    name: `${asset} Wallet`,
    currency: asset,
    available_balance: { value: plain(parts.trader.account.balance(asset)), currency: asset },
    default: true,
    active: true,
    created_at: '2021-05-31T09:59:59Z',
    updated_at: '2024-01-15T10:30:00Z',
    deleted_at: null,
    type: isFiat(asset) ? 'ACCOUNT_TYPE_FIAT' : 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
    hold: { value: '0', currency: asset },
    retail_portfolio_id: parts.accountId,
    platform: 'ACCOUNT_PLATFORM_CONSUMER',
  }
}

/**
 * `GET /api/v3/brokerage/orders/historical/fills`: newest first. The cursor names the last row shown, so that fills which
 * arrive during a walk shift nothing. `start_sequence_timestamp` inclusive, `end_sequence_timestamp` exclusive.
 */
export function fills(
  parts: VenueParts<CoinbaseKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  const all = showcase.newestFills(now)
  const rows = all.filter(filterOf(query))
  const asked = wholeNumber(query.get('limit') ?? '') ?? DEFAULT_FILLS
  const size = pageSize(parts.settings, MOST_FILLS, asked)
  const after = openCursor(query.get('cursor'), /^\d+:\d+$/)
  const start = after === undefined ? 0 : positionAfter(rows, after)
  const last = rows[start + size - 1]
  const more = last !== undefined && start + size < rows.length
  return {
    fills: parts.faults.page(rows, start, size, path).map((fill) => fillRow(fill, parts.accountId)),
    cursor: more ? sealCursor(`${last.at}:${last.sequence}`) : '',
  }
}

function fillRow(fill: Fill, portfolio: string): unknown {
  return {
    entry_id: new Seeded(`coinbase-entry/${fill.tradeId}/${fill.sequence}`).bytes(32).toString('hex'),
    trade_id: fill.tradeId,
    order_id: fill.orderId,
    trade_time: isoMicros(fill.at),
    trade_type: { fill: 'FILL', reversal: 'REVERSAL', correction: 'CORRECTION' }[fill.kind],
    price: plain(fill.price),
    size: plain(fill.quantity),
    commission: plain(fill.fee),
    product_id: productId(fill.market),
    sequence_timestamp: isoMicros(fill.at),
    liquidity_indicator: fill.maker ? 'MAKER' : 'TAKER',
    size_in_quote: false,
    user_id: new Seeded('coinbase-user').uuid(),
    side: fill.side === 'buy' ? 'BUY' : 'SELL',
    retail_portfolio_id: portfolio,
  }
}

/** RFC 3339 with six decimals. */
function isoMicros(micros: number): string {
  const fraction = String(micros % 1_000_000).padStart(6, '0')
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}.${fraction}Z`
}

function filterOf(query: URLSearchParams): (fill: Fill) => boolean {
  const productIds = [...query.getAll('product_ids'), ...query.getAll('product_id')]
  const orderIds = [...query.getAll('order_ids'), ...query.getAll('order_id')]
  const start = instant(query, 'start_sequence_timestamp')
  const end = instant(query, 'end_sequence_timestamp')
  return (fill) =>
    (productIds.length === 0 || productIds.includes(productId(fill.market))) &&
    (orderIds.length === 0 || orderIds.includes(fill.orderId)) &&
    (start === undefined || fill.at >= start) &&
    (end === undefined || fill.at < end)
}

/** Microseconds of an RFC 3339 parameter. */
function instant(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text)
  const seconds = parts === null ? Number.NaN : Date.parse(`${parts[1]}Z`)
  if (Number.isNaN(seconds)) throw invalidArgument(`${name} is not an RFC 3339 timestamp`)
  return seconds * 1000 + microseconds(parts?.[2])
}

/** Rows are newest first; the cursor's row itself may have been corrected away, so its place counts, not its presence. */
function positionAfter(rows: readonly Fill[], cursor: string): number {
  const [at = 0, sequence = 0] = cursor.split(':').map(Number)
  const index = rows.findIndex((row) => row.at < at || (row.at === at && row.sequence < sequence))
  return index < 0 ? rows.length : index
}

function sealCursor(text: string): string {
  return Buffer.from(`sandbox:${text}`).toString('base64url')
}

function openCursor(cursor: string | null, form: RegExp): string | undefined {
  if (cursor === null || cursor === '') return undefined
  const text = Buffer.from(cursor, 'base64url')
    .toString('utf8')
    .replace(/^sandbox:/, '')
  if (!form.test(text)) throw invalidArgument('invalid cursor')
  return text
}

/** `GET /api/v3/brokerage/transaction_summary` */
export function transactionSummary(): unknown {
  return {
    total_volume: 0,
    total_fees: 0,
    fee_tier: {
      pricing_tier: 'Sandbox',
      usd_from: '0',
      usd_to: '10000',
      taker_fee_rate: '0.006',
      maker_fee_rate: '0.004',
      aop_from: '',
      aop_to: '',
    },
    margin_rate: null,
    goods_and_services_tax: null,
    advanced_trade_only_volume: 0,
    advanced_trade_only_fees: 0,
    coinbase_pro_volume: 0,
    coinbase_pro_fees: 0,
    total_balance: fixed(0n, 2),
    has_promo_fee: false,
  }
}
