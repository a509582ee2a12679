import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as ccxt from 'ccxt'
import type { VenueId } from '../src/index.ts'
import { type Sandbox, startSandbox } from '../src/index.ts'

// An independent client: ccxt was written against the real venues. What it accepts and signs is their wire protocol.

let sandbox: Sandbox

before(async () => {
  sandbox = await startSandbox({ seed: 'ccxt', fillsPerAccount: 400, rateLimitScale: 1000 })
})
after(() => sandbox.stop())

const options = { enableRateLimit: false, options: { fetchMarkets: { types: ['spot'] } } }

function credentials(venue: VenueId, name: 'readOnly' | 'readOnlyEd25519' = 'readOnly') {
  const found = sandbox.credentials[venue][name]
  assert.ok(found)
  return { apiKey: found.apiKey, secret: found.apiSecret }
}

function binance(): ccxt.binance {
  const client = new ccxt.binance({ ...options, ...credentials('binance') })
  const { url } = sandbox.venues.binance
  Object.assign(client.urls['api'] as object, {
    public: `${url}/api/v3`,
    private: `${url}/api/v3`,
    sapi: `${url}/sapi/v1`,
  })
  return client
}

function kraken(): ccxt.kraken {
  const client = new ccxt.kraken({ ...options, ...credentials('kraken') })
  const { url } = sandbox.venues.kraken
  Object.assign(client.urls['api'] as object, { public: url, private: url })
  let last = 0
  // ccxt's own nonce is the millisecond, and this test asks faster than that.
  client.nonce = () => (last = Math.max(last + 1, Date.now() * 1000))
  return client
}

function coinbase(name: 'readOnly' | 'readOnlyEd25519' = 'readOnly'): ccxt.coinbase {
  const client = new ccxt.coinbase({ ...options, ...credentials('coinbase', name) })
  Object.assign(client.urls['api'] as object, { rest: sandbox.venues.coinbase.url })
  return client
}

function expectBalances(balance: ccxt.Balances, venue: VenueId): void {
  for (const [asset, total] of Object.entries(sandbox.traders[venue].balances())) {
    assert.equal(balance[asset]?.total, Number(total), `${venue} ${asset}`)
  }
}

test('ccxt reads markets, balances, trades, flows and candles from Binance', async () => {
  const client = binance()
  await client.loadMarkets()
  expectBalances(await client.fetchBalance(), 'binance')
  const expected = sandbox.traders.binance.fills().filter(({ market }) => market === 'BTC/USDT')
  const trades = await client.fetchMyTrades('BTC/USDT', undefined, 1000, { fromId: 0 })
  assert.deepEqual(
    trades.map(({ id }) => id),
    expected.map(({ tradeId }) => tradeId),
  )
  assert.deepEqual(
    trades.map(({ timestamp }) => timestamp),
    expected.map(({ at }) => Math.floor(at / 1000)),
  )
  const since = Date.now() - 80 * 86_400_000
  const flows = [
    ...(await client.fetchDeposits(undefined, since)),
    ...(await client.fetchWithdrawals(undefined, since)),
  ]
  const known = sandbox.traders.binance.flows().filter(({ at }) => at / 1000 >= since)
  assert.deepEqual(new Set(flows.map(({ id }) => id)), new Set(known.map(({ id }) => id)))
  const candles = await client.fetchOHLCV('BTC/USDT', '1d', undefined, 30)
  assert.equal(candles.length, 30)
  assert.equal(new Set(candles.map(([start]) => start)).size, 30)
})

test('ccxt reads markets, balances, trades, ledger and candles from Kraken', async () => {
  const client = kraken()
  await client.loadMarkets()
  expectBalances(await client.fetchBalance(), 'kraken')
  const ids: string[] = []
  for (let offset = 0; offset < 400; offset += 50) {
    const page = await client.fetchMyTrades(undefined, undefined, undefined, { ofs: offset })
    assert.equal(page.length, 50)
    ids.push(...page.map(({ id }) => String(id)))
  }
  assert.deepEqual(
    ids.sort(),
    sandbox.traders.kraken
      .fills()
      .map(({ tradeId }) => tradeId)
      .sort(),
  )
  const deposits = await client.fetchLedger(undefined, undefined, undefined, { type: 'deposit' })
  assert.equal(deposits.length, sandbox.traders.kraken.flows().filter(({ direction }) => direction === 'in').length)
  const candles = await client.fetchOHLCV('BTC/USD', '1d')
  assert.ok(candles.length > 200)
})

for (const name of ['readOnly', 'readOnlyEd25519'] as const) {
  test(`ccxt reads markets, balances, fills, transactions and candles from Coinbase with ${name}`, async () => {
    const client = coinbase(name)
    await client.loadMarkets()
    expectBalances(await client.fetchBalance({ v3: true }), 'coinbase')
    expectBalances(await client.fetchBalance(), 'coinbase')
    const trades = await client.fetchMyTrades(undefined, undefined, 3000)
    const expected = sandbox.traders.coinbase.fills().map(({ tradeId }) => tradeId)
    assert.deepEqual(new Set(trades.map(({ id }) => id)), new Set(expected))
    assert.equal(trades.length, expected.length)
    const entries = await client.fetchLedger('USD', undefined, 100)
    assert.equal(entries.length, 100)
    assert.equal((await client.fetchOHLCV('BTC-USD', '1d', Date.now() - 20 * 86_400_000)).length, 20)
  })
}

test('ccxt understands the refusals: wrong secret, rate limit', async () => {
  const forged = Object.assign(binance(), { secret: 'x'.repeat(64) })
  await assert.rejects(forged.fetchBalance(), ccxt.AuthenticationError)
  // ccxt has no class for this one; the venue's own words must come through.
  const other = Object.assign(kraken(), { secret: Buffer.alloc(64).toString('base64') })
  await assert.rejects(other.fetchBalance(), /EAPI:Invalid signature/)
  sandbox.misbehave('binance', { kind: 'status', status: 429, times: 1, path: '/api/v3/account' })
  await assert.rejects(binance().fetchBalance(), ccxt.DDoSProtection)
  sandbox.misbehave('kraken', { kind: 'status', status: 429, times: 1, path: '/0/private/' })
  await assert.rejects(kraken().fetchBalance(), ccxt.DDoSProtection)
  sandbox.misbehave('coinbase', { kind: 'status', status: 429, times: 1, path: '/api/v3/brokerage/accounts' })
  await assert.rejects(coinbase().fetchBalance({ v3: true }), ccxt.RateLimitExceeded)
})
