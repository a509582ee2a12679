import type { Credential, Sandbox } from '../src/index.ts'
import { type Answer, binanceGet, coinbaseGet, krakenPost } from './wire.ts'

// Honest walks over whole histories: what a careful client must be able to do. Rows come back as the venue wrote them.

export interface BinanceTrade {
  readonly symbol: string
  readonly id: number
  readonly orderId: number
  readonly price: string
  readonly qty: string
  readonly quoteQty: string
  readonly commission: string
  readonly commissionAsset: string
  readonly time: number
  readonly isBuyer: boolean
}

function result({ status, json }: Answer): unknown {
  if (status !== 200) throw new Error(`status ${status}`)
  return json
}

/** From id 0 on, the next page after the last id seen, until a page brings nothing new. */
export async function walkBinance(sandbox: Sandbox, symbol: string): Promise<readonly BinanceTrade[]> {
  const seen = new Map<number, BinanceTrade>()
  for (let fromId = 0; ; ) {
    const page = await binancePage(sandbox, { symbol, fromId, limit: 1000 })
    const before = seen.size
    for (const trade of page) seen.set(trade.id, trade)
    if (seen.size === before) return [...seen.values()]
    fromId = Math.max(...page.map(({ id }) => id)) + 1
  }
}

export async function binancePage(
  sandbox: Sandbox,
  parameters: Record<string, string | number>,
): Promise<readonly BinanceTrade[]> {
  const key = sandbox.credentials.binance.readOnly
  const answer = await binanceGet(sandbox.venues.binance.url, '/api/v3/myTrades', parameters, key)
  return result(answer) as readonly BinanceTrade[]
}

export interface KrakenTrade {
  readonly pair: string
  readonly time: number
  readonly type: string
  readonly price: string
  readonly cost: string
  readonly fee: string
  readonly vol: string
}

/** By `ofs` until `count` ids are known. */
export async function walkKraken(sandbox: Sandbox): Promise<ReadonlyMap<string, KrakenTrade>> {
  return walkOffsets<KrakenTrade>(sandbox, '/0/private/TradesHistory', 'trades')
}

export interface KrakenLedgerLine {
  readonly asset: string
  readonly type: string
  readonly amount: string
  readonly fee: string
  readonly balance: string
  readonly refid: string
}

export async function walkKrakenLedger(sandbox: Sandbox): Promise<ReadonlyMap<string, KrakenLedgerLine>> {
  return walkOffsets<KrakenLedgerLine>(sandbox, '/0/private/Ledgers', 'ledger')
}

async function walkOffsets<T>(sandbox: Sandbox, path: string, field: string): Promise<ReadonlyMap<string, T>> {
  const seen = new Map<string, T>()
  for (let offset = 0; ; ) {
    const json = await krakenResult<Record<string, unknown>>(sandbox, path, { ofs: offset })
    const rows = Object.entries(json[field] as Record<string, T>)
    if (rows.length === 0) return seen
    for (const [id, row] of rows) seen.set(id, row)
    offset = seen.size
  }
}

export async function krakenResult<T>(
  sandbox: Sandbox,
  path: string,
  parameters: Record<string, string | number>,
): Promise<T> {
  const key: Credential = sandbox.credentials.kraken.readOnly
  const answer = await krakenPost(sandbox.venues.kraken.url, path, parameters, key)
  const { error, result: found } = result(answer) as { error: string[]; result: T }
  if (error.length > 0) throw new Error(error.join())
  return found
}

export interface CoinbaseFill {
  readonly entry_id: string
  readonly trade_id: string
  readonly trade_time: string
  readonly trade_type: string
  readonly price: string
  readonly size: string
  readonly commission: string
  readonly product_id: string
  readonly side: string
}

export async function walkCoinbase(sandbox: Sandbox): Promise<readonly CoinbaseFill[]> {
  const seen = new Map<string, CoinbaseFill>()
  for (let cursor = ''; ; ) {
    const page = await coinbasePage(sandbox, cursor === '' ? {} : { cursor })
    for (const fill of page.fills) seen.set(fill.entry_id, fill)
    if (page.cursor === '') return [...seen.values()]
    cursor = page.cursor
  }
}

export async function coinbasePage(
  sandbox: Sandbox,
  parameters: Record<string, string | number>,
): Promise<{ readonly fills: readonly CoinbaseFill[]; readonly cursor: string }> {
  return coinbaseResult(sandbox, '/api/v3/brokerage/orders/historical/fills', parameters)
}

export async function coinbaseResult<T>(
  sandbox: Sandbox,
  path: string,
  parameters: Record<string, string | number>,
): Promise<T> {
  const key = sandbox.credentials.coinbase.readOnly
  return result(await coinbaseGet(sandbox.venues.coinbase.url, path, parameters, key)) as T
}
