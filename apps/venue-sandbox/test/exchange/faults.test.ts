import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { type Sandbox, startSandbox, VENUE_IDS } from '../../src/index.ts'
import { binancePage, coinbasePage, krakenResult, walkBinance, walkCoinbase, walkKraken } from '../walk.ts'
import { send } from '../wire.ts'

let sandbox: Sandbox

before(async () => {
  sandbox = await startSandbox({ seed: 'faults', fillsPerAccount: 260, pageSize: 40, rateLimitScale: 10_000 })
})
afterEach(() => {
  for (const venue of VENUE_IDS) sandbox.behave(venue)
})
after(() => sandbox.stop())

const time = { binance: '/api/v3/time', coinbase: '/v2/time', kraken: '/0/public/Time' } as const
const ask = (venue: keyof typeof time) => send(sandbox.venues[venue].url + time[venue])

test('a status strikes as often as told, after as many requests as told', async () => {
  for (const venue of VENUE_IDS) {
    sandbox.misbehave(venue, { kind: 'status', status: 502, after: 1, times: 2 })
    const statuses = []
    for (let request = 0; request < 4; request += 1) statuses.push((await ask(venue)).status)
    assert.deepEqual(statuses, [200, 502, 502, 200], venue)
  }
})

test('each venue words an overload its own way', async () => {
  for (const venue of VENUE_IDS) sandbox.misbehave(venue, { kind: 'status', status: 429, retryAfter: 7, times: 1 })
  const [binance, coinbase, kraken] = [await ask('binance'), await ask('coinbase'), await ask('kraken')]
  assert.deepEqual(
    [binance.status, binance.headers.get('retry-after'), (binance.json as { code: number }).code],
    [429, '7', -1003],
  )
  assert.deepEqual([coinbase.status, coinbase.headers.get('retry-after')], [429, '7'])
  assert.deepEqual([kraken.status, kraken.json], [200, { error: ['EAPI:Rate limit exceeded'] }])
  sandbox.misbehave('binance', { kind: 'status', status: 418, times: 1 })
  assert.equal((await ask('binance')).status, 418)
})

test('only paths that match are struck', async () => {
  sandbox.misbehave('binance', { kind: 'status', status: 500, path: '/api/v3/account' })
  assert.equal((await ask('binance')).status, 200)
  assert.equal((await send(`${sandbox.venues.binance.url}/api/v3/account`)).status, 500)
})

test('a percentage is struck by the seed', async () => {
  sandbox.misbehave('kraken', { kind: 'status', status: 520, percent: 50 })
  let struck = 0
  for (let request = 0; request < 60; request += 1) struck += (await ask('kraken')).status === 520 ? 1 : 0
  assert.ok(struck > 15 && struck < 45, `struck ${struck} of 60`)
})

test('slow, truncated, reset and senseless answers', async () => {
  sandbox.misbehave('binance', { kind: 'slow', ms: 60, times: 1 })
  const start = performance.now()
  await ask('binance')
  assert.ok(performance.now() - start >= 55)
  sandbox.misbehave('binance', { kind: 'truncate', times: 1 })
  await assert.rejects(ask('binance'), TypeError)
  sandbox.misbehave('binance', { kind: 'reset', times: 1 })
  await assert.rejects(ask('binance'), TypeError)
  sandbox.misbehave('binance', { kind: 'wrong_json', times: 1 })
  const { status, json, headers } = await ask('binance')
  assert.deepEqual([status, json, headers.get('x-venue-sandbox')], [200, undefined, '1'])
  assert.equal((await ask('binance')).status, 200)
})

test('overlapping and repeating pages lose nothing to a walk that counts ids', async () => {
  const plainly = await walkBinance(sandbox, 'BTCUSDT')
  const fills = new Set((await walkCoinbase(sandbox)).map(({ entry_id }) => entry_id))
  for (const venue of VENUE_IDS) {
    sandbox.misbehave(venue, { kind: 'overlap', rows: 9 })
    sandbox.misbehave(venue, { kind: 'repeat' })
  }
  const page = await binancePage(sandbox, { symbol: 'BTCUSDT', fromId: plainly[10]?.id ?? 0, limit: 5 })
  assert.deepEqual(
    page.map(({ id }) => id),
    plainly.slice(1, 15).flatMap(({ id }) => [id, id]),
  )
  assert.deepEqual(
    (await walkBinance(sandbox, 'BTCUSDT')).map(({ id }) => id),
    plainly.map(({ id }) => id),
  )
  assert.deepEqual(new Set((await walkCoinbase(sandbox)).map(({ entry_id }) => entry_id)), fills)
  assert.equal((await walkKraken(sandbox)).size, 260)
})

test('history older than the retention is gone', async () => {
  for (const venue of VENUE_IDS) sandbox.misbehave(venue, { kind: 'retention', days: 60 })
  const oldest = (Date.now() - 60 * 86_400_000) * 1000
  const expected = (venue: 'kraken' | 'coinbase') =>
    sandbox.traders[venue].fills().filter(({ at }) => at >= oldest).length
  assert.equal((await walkKraken(sandbox)).size, expected('kraken'))
  assert.equal((await walkCoinbase(sandbox)).length, expected('coinbase'))
  assert.ok((await walkBinance(sandbox, 'BTCUSDT')).every(({ time: at }) => at * 1000 >= oldest))
})

test('new fills appear at once; late ones after newer ones, with an older time', async () => {
  const binanceBefore = sandbox.traders.binance.fills().length
  const late = sandbox.traders.binance.trade(2, { visibleAfterMs: 150 })
  const fresh = sandbox.traders.binance.trade(3)
  assert.equal(sandbox.traders.binance.fills().length, binanceBefore + 5)
  const shown = async (): Promise<readonly string[]> => {
    const rows = []
    for (const market of new Set([...late, ...fresh].map((fill) => fill.market))) {
      for (const { id } of await walkBinance(sandbox, market.replace('/', ''))) rows.push(`${market} ${id}`)
    }
    return rows
  }
  const name = ({ market, tradeId }: { market: string; tradeId: string }): string => `${market} ${tradeId}`
  const early = await shown()
  assert.ok(fresh.every((fill) => early.includes(name(fill))))
  assert.ok(late.every((fill) => !early.includes(name(fill))))
  await new Promise((resolve) => setTimeout(resolve, 160))
  const later = await shown()
  assert.ok([...late, ...fresh].every((fill) => later.includes(name(fill))))
  assert.ok(late.every(({ at }) => at <= (fresh[0]?.at ?? 0)))
})

test('fills that arrive during a walk shift Kraken’s offsets but not Coinbase’s cursor', async () => {
  const first = await coinbasePage(sandbox, { limit: 5 })
  const before = await krakenResult<{ trades: object }>(sandbox, '/0/private/TradesHistory', {})
  sandbox.traders.coinbase.trade(3)
  sandbox.traders.kraken.trade(3)
  const second = await coinbasePage(sandbox, { limit: 5, cursor: first.cursor })
  const known = sandbox.traders.coinbase
    .fills()
    .toReversed()
    .map(({ tradeId }) => tradeId)
  assert.deepEqual(
    second.fills.map(({ trade_id }) => trade_id),
    known.slice(8, 13),
  )
  const next = await krakenResult<{ trades: object }>(sandbox, '/0/private/TradesHistory', { ofs: 40 })
  assert.equal(Object.keys(next.trades).filter((id) => id in before.trades).length, 3)
})

test('Coinbase corrects a fill with a reversal and a correction under the same trade id', async () => {
  const wrong = sandbox.traders.coinbase.fills().at(-1)
  sandbox.traders.coinbase.correctLast()
  const { fills } = await coinbasePage(sandbox, { limit: 2 })
  assert.deepEqual(
    fills.map(({ trade_type }) => trade_type),
    ['CORRECTION', 'REVERSAL'],
  )
  assert.ok(fills.every(({ trade_id }) => trade_id === wrong?.tradeId))
  assert.equal(new Set(fills.map(({ entry_id }) => entry_id)).size, 2)
})
