import type { Fill } from '../account/events.ts'
import { fixed, fixedAtLeast } from '../amount/amount.ts'
import type { Showcase, VenueParts } from '../exchange/exchange.ts'
import type { VenueKey } from '../exchange/keys.ts'
import { microseconds, numeral, wholeNumber } from '../exchange/message.ts'
import { pageSize } from '../exchange/page-size.ts'
import { DAY_MS } from '../market/price-path.ts'
import { refusal } from './authentication.ts'
import { type LedgerEntry, ledgerId, ledgerOf } from './ledger.ts'
import { costDecimals } from './market-data.ts'
import { assetName, pairId, plainAsset } from './names.ts'

/** Rows per page of every Kraken history. */
const PAGE = 50

const READ_PERMISSIONS = ['query-funds', 'query-open-trades', 'query-closed-trades', 'query-ledger', 'export-data']

/** `POST /0/private/GetApiKeyInfo` */
export function apiKeyInfo(parts: VenueParts<VenueKey>, key: VenueKey, nonce: bigint, now: number): unknown {
  const rights = parts.keys.rights(key)
  const seconds = Math.floor(now / 1000)
  const permissions = [...READ_PERMISSIONS]
  if (rights !== 'read') permissions.push('modify-trades', 'close-trades')
  if (rights === 'withdraw') permissions.push('withdraw-funds')
  return {
    apiKeyName: `sandbox-${key.rights}`,
    apiKey: key.apiKey,
    nonce: nonce.toString(),
    nonceWindow: 0,
    permissions,
    iban: parts.accountId,
    validUntil: '0',
    queryFrom: '0',
    queryTo: '0',
    createdTime: String(seconds - (30 * DAY_MS) / 1000),
    modifiedTime: String(seconds - (30 * DAY_MS) / 1000),
    ipAllowlist: [],
    lastUsed: String(seconds),
  }
}

/** `POST /0/private/Balance`: asset id → total. */
export function balance(parts: VenueParts<VenueKey>): Record<string, string> {
  const held = parts.trader.account.balances()
  return Object.fromEntries(held.map(({ asset, total }) => [assetName(asset).id, money(asset, total)]))
}

/** `POST /0/private/BalanceEx`: with what orders hold; nothing here. */
export function balanceExtended(parts: VenueParts<VenueKey>): unknown {
  const totals = Object.entries(balance(parts))
  return Object.fromEntries(totals.map(([id, total]) => [id, { balance: total, hold_trade: '0.0000' }]))
}

/** `POST /0/private/TradesHistory`: newest first, 50 a page, `ofs` from the newest, `start` exclusive, `end` inclusive. */
export function tradesHistory(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  const all = showcase.newestFills(now)
  const rows = between(all, query, (fill) => fill.tradeId)
  const page = pageOf(parts, rows, query, path)
  const trades: Record<string, unknown> = {}
  for (const fill of page) trades[fill.tradeId] = trade(fill)
  return { trades, ...countOf(rows, query) }
}

/** `POST /0/private/Ledgers`: paged as the trades; `type` and `asset` filter. */
export function ledgers(
  parts: VenueParts<VenueKey>,
  showcase: Showcase,
  query: URLSearchParams,
  path: string,
  now: number,
): unknown {
  const all = showcase.view('newest ledger', now, () => ledgerOf(showcase.fills(now), showcase.flows(now)).toReversed())
  const type = query.get('type') ?? 'all'
  const wanted = assetsNamed(parts, query.get('asset') ?? 'all')
  const fits = ({ type: of, asset }: LedgerEntry): boolean => (type === 'all' || of === type) && wanted.has(asset)
  const rows = between(all.filter(fits), query, (entry) => entry.id)
  const page = pageOf(parts, rows, query, path)
  const ledger: Record<string, unknown> = {}
  for (const entry of page) ledger[entry.id] = ledgerLine(entry)
  return { ledger, ...countOf(rows, query) }
}

function trade(fill: Fill): unknown {
  const decimals = costDecimals(fill.market)
  return {
    ordertxid: fill.orderId,
    postxid: `TKH2SE-${fill.orderId.slice(1, 6)}-${fill.orderId.slice(-6)}`,
    pair: pairId(fill.market),
    aclass: 'forex',
    time: timeOf(fill.at),
    type: fill.side,
    ordertype: fill.maker ? 'limit' : 'market',
    price: fixed(fill.price, Math.max(5, fill.market.priceDecimals)),
    cost: fixed(fill.cost, decimals),
    fee: fixed(fill.fee, decimals),
    vol: fixed(fill.quantity, 8),
    margin: fixed(0n, decimals),
    leverage: '0',
    misc: '',
    trade_id: fill.sequence,
    maker: fill.maker,
    ledgers: [ledgerId(fill.tradeId, 0), ledgerId(fill.tradeId, 1)],
  }
}

function ledgerLine(entry: LedgerEntry): unknown {
  return {
    aclass: 'currency',
    amount: money(entry.asset, entry.amount),
    asset: assetName(entry.asset).id,
    balance: money(entry.asset, entry.balance),
    fee: money(entry.asset, entry.fee),
    refid: entry.refid,
    time: timeOf(entry.at),
    type: entry.type,
    subtype: '',
    wallet: 'spot / main',
  }
}

/** Seconds as a JSON number, four decimals at least and as many as the microseconds need. */
function timeOf(micros: number): object {
  const fraction = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0{1,2}$/, '')
  return numeral(`${Math.floor(micros / 1_000_000)}.${fraction}`)
}

/** In the asset's own decimals, more where the amount needs them. */
function money(asset: string, value: bigint): string {
  return fixedAtLeast(value, assetName(asset).decimals)
}

function assetsNamed(parts: VenueParts<VenueKey>, text: string): ReadonlySet<string> {
  const known = parts.profile.assets.map(({ asset }) => asset)
  if (text === 'all') return new Set(known)
  return new Set(
    text.split(',').map((name) => {
      const asset = plainAsset(name, known)
      if (asset === undefined) throw refusal('EQuery:Unknown asset')
      return asset
    }),
  )
}

function pageOf<T>(
  parts: VenueParts<VenueKey>,
  rows: readonly T[],
  query: URLSearchParams,
  path: string,
): readonly T[] {
  const offset = wholeNumber(query.get('ofs') ?? '0')
  if (offset === undefined) throw refusal('EGeneral:Invalid arguments:ofs')
  return parts.faults.page(rows, offset, pageSize(parts.settings, PAGE, PAGE), path)
}

function countOf(rows: readonly unknown[], query: URLSearchParams): { readonly count?: number } {
  return query.get('without_count') === 'true' ? {} : { count: rows.length }
}

/** `start` and `end`: seconds, or the id of a row, whose time then counts. */
function between<T extends { readonly at: number }>(
  rows: readonly T[],
  query: URLSearchParams,
  idOf: (row: T) => string,
): readonly T[] {
  const bound = (name: string): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    const seconds = /^(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text)
    if (seconds !== null) return Number(seconds[1]) * 1_000_000 + microseconds(seconds[2])
    const row = rows.find((other) => idOf(other) === text)
    if (row === undefined) throw refusal(`EGeneral:Invalid arguments:${name}`)
    return row.at
  }
  const start = bound('start')
  const end = bound('end')
  if (start === undefined && end === undefined) return rows
  return rows.filter(({ at }) => (start === undefined || at > start) && (end === undefined || at <= end))
}
