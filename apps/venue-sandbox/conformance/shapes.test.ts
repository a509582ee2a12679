/** Responses recorded from the real venues, read in place from `CORPUS_DIR`: every field they have, the sandbox has with the same type. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { type Sandbox, startSandbox } from '../src/index.ts'
import { coinbaseResult, krakenResult } from '../test/walk.ts'
import { binanceGet } from '../test/wire.ts'

const root = resolve(import.meta.dirname, '../../..')
const venues = join(resolve(root, process.env['CORPUS_DIR'] ?? '../shared/corpus'), 'trading/venues')

let sandbox: Sandbox

before(async () => {
  sandbox = await startSandbox({ seed: 'shapes', fillsPerAccount: 120 })
})
after(() => sandbox.stop())

function recorded(file: string): unknown {
  return JSON.parse(readFileSync(join(venues, file), 'utf8'))
}

/** Field names and types, nested; lists and id-keyed maps by their first element. */
function shape(value: unknown, path: string, into: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  if (value === null) return into
  if (Array.isArray(value)) {
    into.set(path, 'array')
    return value.length === 0 ? into : shape(value[0], `${path}[]`, into)
  }
  into.set(path, typeof value)
  if (typeof value !== 'object') return into
  const entries = Object.entries(value)
  const keyedById = /\.(trades|ledger)$/.test(path)
  for (const [name, inner] of keyedById ? entries.slice(0, 1) : entries) {
    shape(inner, keyedById ? `${path}.{id}` : `${path}.${name}`, into)
  }
  return into
}

function expectShape(recording: unknown, answer: unknown): void {
  const ours = shape(answer, '')
  const theirs = shape(recording, '')
  assert.ok(theirs.size > 8)
  for (const [path, type] of theirs) assert.equal(ours.get(path), type, path)
}

const key = () => sandbox.credentials.binance.readOnly

test('Binance: account and own trades', async () => {
  const { url } = sandbox.venues.binance
  expectShape(
    recorded('binance/spot__http_json__account_response.json'),
    (await binanceGet(url, '/api/v3/account', {}, key())).json,
  )
  const trades = await binanceGet(url, '/api/v3/myTrades', { symbol: 'BTCUSDT' }, key())
  expectShape(recorded('binance/spot__http_json__account_trades_response.json'), trades.json)
})

test('Kraken: trades history', async () => {
  const result = await krakenResult<unknown>(sandbox, '/0/private/TradesHistory', {})
  expectShape(recorded('kraken/http_trades_history.json'), { error: [], result })
})

test('Coinbase: fills and accounts', async () => {
  expectShape(
    recorded('coinbase/http_fills.json'),
    await coinbaseResult(sandbox, '/api/v3/brokerage/orders/historical/fills', {}),
  )
  expectShape(recorded('coinbase/http_accounts.json'), await coinbaseResult(sandbox, '/api/v3/brokerage/accounts', {}))
})

test('Kraken: ledger lines', async () => {
  const { responses } = recorded('kraken/portfolio_tracker_responses.json') as {
    responses: { context: string; json: { ledger?: object } }[]
  }
  const ledger = responses.find(({ json }) => json.ledger !== undefined)?.json.ledger
  assert.ok(ledger)
  expectShape({ ledger }, await krakenResult(sandbox, '/0/private/Ledgers', {}))
})
