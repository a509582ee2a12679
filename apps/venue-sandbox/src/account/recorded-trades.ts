import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Amount, AmountError, amount } from '../amount/amount.ts'

/** One public trade of a recording, its decimals as they stood in the file. */
export interface RecordedTrade {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly id: string
  readonly side: 'buy' | 'sell'
  readonly price: Amount
  readonly quantity: Amount
}

export interface Recording {
  readonly base: string
  readonly quote: string
  readonly trades: readonly RecordedTrade[]
}

export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/** `JSON.parse` with the source text of each primitive; a lib without it types the reviver with two parameters. */
type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/**
 * Reads a `.json` or `.json.gz` file of rows `[timestamp_ms, id, type, side, price, amount, cost]`. Numbers are taken from
 * the text of their token, so no digit passes through a double. The column `cost` is ignored: it was written from one.
 * The market is `BASE/QUOTE` or, by default, taken from the file's name (`XRP_ETH-trades.json.gz`).
 */
export function readRecording(path: string, market?: string): Recording {
  const [base, quote] = market === undefined ? marketOfFile(path) : market.split('/')
  if (base === undefined || quote === undefined || base === '' || quote === '') {
    throw new RecordingError('the name of the file has to begin with its market, as in XRP_ETH-trades.json.gz')
  }
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return { base, quote, trades: parseTrades(text) }
}

/** The rows of a recording, oldest first. Throws `RecordingError` with the number of the row that does not fit. */
export function parseTrades(text: string): readonly RecordedTrade[] {
  const parse = JSON.parse as (text: string, reviver: SourceReviver) => unknown
  const keepSource: SourceReviver = (_key, value, { source }) => (typeof value === 'number' ? source : value)
  let rows: unknown
  try {
    rows = parse(text, keepSource)
  } catch {
    throw new RecordingError('the recording is not JSON')
  }
  if (!Array.isArray(rows)) throw new RecordingError('the recording is not an array of rows')
  const trades = rows.map((row: unknown, index) => parseRow(row, index))
  return trades.sort((a, b) => a.at - b.at || (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
}

function parseRow(row: unknown, index: number): RecordedTrade {
  const fail = (): never => {
    throw new RecordingError(`row ${index} is not [timestamp, id, type, side, price, amount]`)
  }
  if (!Array.isArray(row)) return fail()
  const [at, id, , side, price, quantity] = row as readonly unknown[]
  if (typeof at !== 'string' || !/^\d{1,15}$/.test(at)) return fail()
  if (typeof id !== 'string' || !/^\d{1,15}$/.test(id)) return fail()
  if (side !== 'buy' && side !== 'sell') return fail()
  if (typeof price !== 'string' || typeof quantity !== 'string') return fail()
  try {
    const trade: RecordedTrade = { at: Number(at), id, side, price: amount(price), quantity: amount(quantity) }
    return trade.price > 0n && trade.quantity > 0n ? trade : fail()
  } catch (error) {
    if (error instanceof AmountError) return fail()
    throw error
  }
}

function marketOfFile(path: string): readonly (string | undefined)[] {
  return (/^([A-Z0-9]+)_([A-Z0-9]+)/.exec(basename(path)) ?? []).slice(1)
}
