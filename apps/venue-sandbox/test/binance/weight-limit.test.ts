import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeightLimit } from '../../src/binance/weight-limit.ts'
import { Refusal } from '../../src/exchange/message.ts'
import { startSandbox } from '../../src/index.ts'
import { binanceGet } from '../wire.ts'

function statusOf(spend: () => unknown): number {
  try {
    spend()
    return 200
  } catch (error) {
    assert.ok(error instanceof Refusal)
    return error.response.status
  }
}

test('weight up to the limit passes, more is 429 until the minute ends, insisting is a ban', () => {
  const weights = new WeightLimit(0.01)
  assert.equal(weights.limit, 60)
  assert.equal(weights.spend(60, 0)['x-mbx-used-weight-1m'], '60')
  for (let ignored = 1; ignored <= 5; ignored += 1)
    assert.equal(
      statusOf(() => weights.spend(1, 10_000)),
      429,
    )
  assert.equal(
    statusOf(() => weights.spend(1, 10_000)),
    418,
  )
  assert.equal(
    statusOf(() => weights.spend(1, 129_999)),
    418,
  )
  assert.equal(
    statusOf(() => weights.spend(1, 130_000)),
    200,
  )
})

test('a client that waits for Retry-After is never banned', () => {
  const weights = new WeightLimit(0.01)
  let now = 0
  let refused = 0
  for (let asked = 0; asked < 40; ) {
    try {
      weights.spend(20, now)
      asked += 1
    } catch (error) {
      assert.ok(error instanceof Refusal)
      assert.equal(error.response.status, 429)
      now += Number(error.response.headers?.['retry-after']) * 1000
      refused += 1
    }
  }
  assert.equal(refused, 13)
})

test('over the wire: myTrades costs 20 and 429 carries Retry-After', async () => {
  const sandbox = await startSandbox({
    seed: 'weights',
    fillsPerAccount: 20,
    rateLimitScale: 0.01,
    clock: () => 1_800_000_000_000,
  })
  try {
    const ask = () =>
      binanceGet(
        sandbox.venues.binance.url,
        '/api/v3/myTrades',
        { symbol: 'BTCUSDT', timestamp: 1_800_000_000_000 },
        sandbox.credentials.binance.readOnly,
      )
    for (const used of ['20', '40', '60']) assert.equal((await ask()).headers.get('x-mbx-used-weight-1m'), used)
    const { status, headers, json } = await ask()
    assert.equal(status, 429)
    assert.equal(headers.get('retry-after'), '60')
    assert.equal((json as { code: number }).code, -1003)
  } finally {
    await sandbox.stop()
  }
})
