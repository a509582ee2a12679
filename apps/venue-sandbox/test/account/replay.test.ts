import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTrades, RecordingError } from '../../src/account/recorded-trades.ts'
import { replay } from '../../src/account/replay.ts'
import { plain } from '../../src/amount/amount.ts'
import { binanceProfile } from '../../src/binance/profile.ts'
import { DAY_MS } from '../../src/market/price-path.ts'

const T0 = Date.UTC(2019, 9, 11)
/** Prices and amounts a double cannot hold, times shared, one day boundary crossed. */
const ROWS = `[
  [${T0 + 5}, "13519807", null, "sell", 0.00141342, 23.0, 0.03250866],
  [${T0 + 5}, "13519808", null, "buy", 0.001412660000000001, 54.0, 0.0762],
  [${T0 + 9}, "13519809", null, "buy", 0.00141266, 12345678901234567.0, 1.0],
  [${T0 + DAY_MS + 7}, "13519810", null, "sell", 0.0015, 8.5, 0.01275]
]`
const PLAIN_ROWS = ROWS.replace('0.001412660000000001', '0.00141266').replace('12345678901234567.0', '2.0')

test('numbers are taken from their text, not through a double', () => {
  const trades = parseTrades(ROWS)
  assert.equal(plain(trades[1]?.price ?? 0n), '0.001412660000000001')
  assert.equal(plain(trades[2]?.quantity ?? 0n), '12345678901234567')
  assert.deepEqual(
    trades.map(({ id }) => id),
    ['13519807', '13519808', '13519809', '13519810'],
  )
})

test('a row that does not fit is named', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['"sell", 0.00141342', '"hold", 0.00141342'],
    ['0.00141342', '1.4e-3'],
    ['0.00141342', '-0.00141342'],
    ['"13519807"', '"x"'],
    [String(T0 + 5), 'null'],
  ]
  for (const [from, to] of broken) {
    assert.throws(
      () => parseTrades(PLAIN_ROWS.replace(from, to)),
      (error) => error instanceof RecordingError && error.message.startsWith('row 0'),
    )
  }
  assert.throws(() => parseTrades('{}'), RecordingError)
  assert.throws(() => parseTrades('[1,'), RecordingError)
})

test('the account is funded before the first trade and its fills are the recording', () => {
  const recording = { base: 'XRP', quote: 'ETH', trades: parseTrades(PLAIN_ROWS) }
  const { history, profile } = replay(recording, binanceProfile, 'seed')
  const { account } = history.trader
  assert.deepEqual(
    account.fills.map((fill) => [fill.tradeId, fill.at / 1000, fill.side, fill.price, fill.quantity]),
    recording.trades.map(({ id, at, side, price, quantity }) => [id, at, side, price, quantity]),
  )
  assert.ok(account.flows.every(({ at }) => at < T0 * 1000))
  assert.ok(account.balances().every(({ total }) => total >= 0n))
  const markets = profile.markets.map(({ base, quote }) => base + quote)
  for (const symbol of ['XRPETH', 'ETHUSDT', 'XRPUSDT']) assert.ok(markets.includes(symbol))
})

test("the market's closes are the recording's last prices of the day", () => {
  const { history, profile } = replay(
    { base: 'XRP', quote: 'ETH', trades: parseTrades(PLAIN_ROWS) },
    binanceProfile,
    'seed',
  )
  const [market] = profile.markets
  assert.ok(market)
  const close = (day: number): string =>
    plain(history.board.candle(market, T0 / DAY_MS + day, [], Date.UTC(2026, 0)).close)
  assert.equal(close(0), '0.00141266')
  assert.equal(close(1), '0.0015')
})

test('trading goes on after the recording with later ids', () => {
  const { history } = replay({ base: 'XRP', quote: 'ETH', trades: parseTrades(PLAIN_ROWS) }, binanceProfile, 'seed')
  const [fill] = history.trader.trade(1, Date.UTC(2026, 0))
  assert.ok(Number(fill?.tradeId) > 13_519_810)
})
