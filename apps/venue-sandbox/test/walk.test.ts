import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount, plain } from '../src/amount/amount.ts'
import { type Sandbox, startSandbox, type VenueId } from '../src/index.ts'
import {
  binancePage,
  coinbasePage,
  coinbaseResult,
  krakenResult,
  walkBinance,
  walkCoinbase,
  walkKraken,
  walkKrakenLedger,
} from './walk.ts'
import { binanceGet } from './wire.ts'

async function withSandbox(pageSize: number | undefined, use: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox({
    seed: 'walks',
    fillsPerAccount: 330,
    rateLimitScale: 10_000,
    ...(pageSize === undefined ? {} : { pageSize }),
  })
  try {
    await use(sandbox)
  } finally {
    await sandbox.stop()
  }
}

const booked = (sandbox: Sandbox, venue: VenueId): readonly string[] =>
  sandbox.traders[venue].fills().map(({ market, tradeId }) => `${market} ${tradeId}`)
const TRADED = ['BTC/USDT', 'ETH/USDT', 'ETH/BTC', 'SOL/USDT', 'XRP/USDT']

for (const pageSize of [7, 100, undefined]) {
  test(`an honest walk meets every fill exactly once, pages of ${pageSize ?? 'the venues’ own size'}`, () =>
    withSandbox(pageSize, async (sandbox) => {
      const binance: string[] = []
      for (const market of TRADED) {
        for (const { id } of await walkBinance(sandbox, market.replace('/', ''))) binance.push(`${market} ${id}`)
      }
      assert.deepEqual(binance.sort(), [...booked(sandbox, 'binance')].sort())
      const kraken = [...(await walkKraken(sandbox)).keys()]
      assert.deepEqual(
        kraken.sort(),
        sandbox.traders.kraken
          .fills()
          .map(({ tradeId }) => tradeId)
          .sort(),
      )
      const coinbase = (await walkCoinbase(sandbox)).map(
        ({ product_id: id, trade_id: trade }) => `${id.replace('-', '/')} ${trade}`,
      )
      assert.deepEqual(coinbase.sort(), [...booked(sandbox, 'coinbase')].sort())
    }))
}

test('pages are as long as the venue says and no longer', () =>
  withSandbox(7, async (sandbox) => {
    assert.equal((await binancePage(sandbox, { symbol: 'BTCUSDT', limit: 1000 })).length, 7)
    assert.equal((await binancePage(sandbox, { symbol: 'BTCUSDT', limit: 3 })).length, 3)
    assert.equal((await coinbasePage(sandbox, { limit: 1000 })).fills.length, 7)
    const { trades, count } = await krakenResult<{ trades: object; count: number }>(
      sandbox,
      '/0/private/TradesHistory',
      {},
    )
    assert.equal(Object.keys(trades).length, 7)
    assert.equal(count, 330)
    assert.equal(
      (await coinbaseResult<{ accounts: unknown[] }>(sandbox, '/api/v3/brokerage/accounts', {})).accounts.length,
      7,
    )
  }))

test('Kraken shows the newest first, 50 a page; start is exclusive, end inclusive', () =>
  withSandbox(undefined, async (sandbox) => {
    const { trades } = await krakenResult<{ trades: Record<string, { time: number }> }>(
      sandbox,
      '/0/private/TradesHistory',
      {},
    )
    const rows = Object.entries(trades)
    assert.equal(rows.length, 50)
    assert.deepEqual(
      rows.map(([, { time }]) => time),
      rows.map(([, { time }]) => time).sort((a, b) => b - a),
    )
    const [newest, second] = sandbox.traders.kraken.fills().toReversed()
    assert.equal(rows[0]?.[0], newest?.tradeId)
    const between = await krakenResult<{ trades: object; count: number }>(sandbox, '/0/private/TradesHistory', {
      start: ((second?.at ?? 0) - 1) / 1_000_000,
      end: (second?.at ?? 0) / 1_000_000,
    })
    assert.ok(Object.keys(between.trades).includes(second?.tradeId ?? ''))
    const after = await krakenResult<{ trades: object }>(sandbox, '/0/private/TradesHistory', {
      start: (newest?.at ?? 0) / 1_000_000,
    })
    assert.deepEqual(after.trades, {})
  }))

test('Kraken’s ledger lines sum to the balances, line by line', () =>
  withSandbox(undefined, async (sandbox) => {
    const lines = [...(await walkKrakenLedger(sandbox)).values()].toReversed()
    const totals = new Map<string, bigint>()
    for (const line of lines) {
      const total = (totals.get(line.asset) ?? 0n) + amount(line.amount) - amount(line.fee)
      assert.equal(plain(total), plain(amount(line.balance)))
      totals.set(line.asset, total)
    }
    const balances = await krakenResult<Record<string, string>>(sandbox, '/0/private/Balance', {})
    for (const [asset, total] of Object.entries(balances))
      assert.equal(plain(totals.get(asset) ?? 0n), plain(amount(total)), asset)
  }))

test('Coinbase wallets list every movement, and the movements sum to the balance', () =>
  withSandbox(undefined, async (sandbox) => {
    const { data: wallets } = await coinbaseResult<{
      data: { id: string; currency: { code: string }; balance: { amount: string } }[]
    }>(sandbox, '/v2/accounts', { limit: 100 })
    const types = new Set<string>()
    for (const wallet of wallets) {
      let total = 0n
      for (let after = ''; ; ) {
        const page = await coinbaseResult<{
          data: { status: string; type: string; amount: { amount: string } }[]
          pagination: { next_starting_after: string | null }
        }>(
          sandbox,
          `/v2/accounts/${wallet.id}/transactions`,
          after === '' ? { limit: 100 } : { limit: 100, starting_after: after },
        )
        for (const { status, type, amount: moved } of page.data) {
          types.add(type)
          if (status === 'completed') total += amount(moved.amount)
        }
        if (page.pagination.next_starting_after === null) break
        after = page.pagination.next_starting_after
      }
      assert.equal(plain(total), wallet.balance.amount, wallet.currency.code)
    }
    assert.deepEqual(types, new Set(['fiat_deposit', 'fiat_withdrawal', 'send', 'advanced_trade_fill']))
  }))

test('Binance: a day by times holds what the walk by ids has in it; the newest come without either', () =>
  withSandbox(undefined, async (sandbox) => {
    const all = await walkBinance(sandbox, 'BTCUSDT')
    const from = (all[20]?.time ?? 0) - 1
    const within = await binancePage(sandbox, { symbol: 'BTCUSDT', startTime: from, endTime: from + 86_400_000 })
    assert.deepEqual(
      within,
      all.filter(({ time }) => time >= from && time <= from + 86_400_000),
    )
    assert.deepEqual(await binancePage(sandbox, { symbol: 'BTCUSDT', limit: 5 }), all.slice(-5))
    assert.deepEqual(await binancePage(sandbox, { symbol: 'ADAUSDT' }), [])
  }))

test('Binance: flows within 90-day windows and fills sum to the balances', () =>
  withSandbox(undefined, async (sandbox) => {
    const totals = new Map<string, bigint>()
    const add = (asset: string, change: bigint): void => void totals.set(asset, (totals.get(asset) ?? 0n) + change)
    for (const market of TRADED) {
      const [base = '', quote = ''] = market.split('/')
      for (const trade of await walkBinance(sandbox, base + quote)) {
        const sign = trade.isBuyer ? 1n : -1n
        add(base, sign * amount(trade.qty))
        add(quote, -sign * amount(trade.quoteQty))
        add(trade.commissionAsset, -amount(trade.commission))
      }
    }
    const { url } = sandbox.venues.binance
    const key = sandbox.credentials.binance.readOnly
    const window = 90 * 86_400_000
    for (let end = Date.now(); end > Date.now() - 230 * 86_400_000; end -= window + 1) {
      const times = { startTime: end - window, endTime: end }
      const deposits = await binanceGet(url, '/sapi/v1/capital/deposit/hisrec', times, key)
      for (const { coin, amount: moved } of deposits.json as { coin: string; amount: string }[])
        add(coin, amount(moved))
      const withdrawals = await binanceGet(url, '/sapi/v1/capital/withdraw/history', times, key)
      for (const row of withdrawals.json as {
        coin: string
        amount: string
        transactionFee: string
        status: number
      }[]) {
        if (row.status === 6) add(row.coin, -amount(row.amount) - amount(row.transactionFee))
      }
    }
    const { balances } = (await binanceGet(url, '/api/v3/account', {}, key)).json as {
      balances: { asset: string; free: string }[]
    }
    for (const { asset, free } of balances) assert.equal(plain(totals.get(asset) ?? 0n), plain(amount(free)), asset)
  }))
