import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Credential, type Sandbox, startSandbox } from '../../src/index.ts'
import { type Answer, binanceGet, type Parameters, send } from '../wire.ts'

let sandbox: Sandbox
let key: Credential
let url: string

before(async () => {
  sandbox = await startSandbox({ seed: 'binance refusals', fillsPerAccount: 60 })
  key = sandbox.credentials.binance.readOnly
  url = sandbox.venues.binance.url
})
after(() => sandbox.stop())

const DAY = 86_400_000

async function refused(answer: Promise<Answer>, status: number, code: number): Promise<void> {
  const { status: got, json } = await answer
  assert.equal((json as { code: number }).code, code)
  assert.equal(got, status)
}

test('a request as documented is answered', async () => {
  const { status, json, headers } = await binanceGet(url, '/api/v3/account', {}, key)
  assert.equal(status, 200)
  assert.deepEqual((json as { permissions: string[] }).permissions, ['SPOT'])
  assert.equal(headers.get('x-venue-sandbox'), '1')
  assert.equal(headers.get('x-mbx-used-weight-1m'), '20')
})

const path = '/api/v3/myTrades'
const good: Parameters = { symbol: 'BTCUSDT' }
const flip = (query: string): string => query.slice(0, -1) + (query.endsWith('0') ? '1' : '0')

const cases: readonly [string, number, number, () => Promise<Answer>][] = [
  ['one digit of the signature', 400, -1022, () => binanceGet(url, path, good, key, flip)],
  [
    'a parameter after signing',
    400,
    -1022,
    () => binanceGet(url, path, good, key, (query) => query.replace('BTC', 'ETH')),
  ],
  ['no signature', 400, -1102, () => binanceGet(url, path, good, key, (query) => query.replace(/&signature=.*/, ''))],
  ['another secret', 400, -1022, () => binanceGet(url, path, good, { ...key, apiSecret: 'x'.repeat(64) })],
  ['an unknown key', 401, -2015, () => binanceGet(url, path, good, { ...key, apiKey: 'x'.repeat(64) })],
  ['a key of the wrong form', 401, -2014, () => binanceGet(url, path, good, { ...key, apiKey: 'short' })],
  ['no key', 401, -2014, () => send(`${url}${path}?symbol=BTCUSDT&timestamp=${Date.now()}`)],
  ['no timestamp', 400, -1102, () => binanceGet(url, path, { ...good, timestamp: '' }, key)],
  ['an old timestamp', 400, -1021, () => binanceGet(url, path, { ...good, timestamp: Date.now() - 5500 }, key)],
  ['a timestamp ahead', 400, -1021, () => binanceGet(url, path, { ...good, timestamp: Date.now() + 1500 }, key)],
  ['a window too wide', 400, -1131, () => binanceGet(url, path, { ...good, recvWindow: 60_001 }, key)],
  ['no symbol', 400, -1102, () => binanceGet(url, path, {}, key)],
  ['an unknown symbol', 400, -1121, () => binanceGet(url, path, { symbol: 'NOSUCH' }, key)],
  [
    'more than a day',
    400,
    -1127,
    () => binanceGet(url, path, { ...good, startTime: Date.now() - DAY - 1, endTime: Date.now() }, key),
  ],
  ['fromId with times', 400, -1128, () => binanceGet(url, path, { ...good, fromId: 1, startTime: Date.now() }, key)],
  ['letters in a number', 400, -1100, () => binanceGet(url, path, { ...good, fromId: 'abc' }, key)],
  [
    'more than 90 days of deposits',
    400,
    -1127,
    () => binanceGet(url, '/sapi/v1/capital/deposit/hisrec', { startTime: Date.now() - 91 * DAY }, key),
  ],
]

for (const [what, status, code, ask] of cases) {
  test(`refuses ${what} with ${code}`, () => refused(ask(), status, code))
}

test('an old timestamp within a wider window is taken', async () => {
  const { status } = await binanceGet(url, path, { ...good, timestamp: Date.now() - 5500, recvWindow: 10_000 }, key)
  assert.equal(status, 200)
})

test('clock skew turns good timestamps bad', async () => {
  sandbox.misbehave('binance', { kind: 'clock_skew', ms: -30_000 })
  await refused(binanceGet(url, path, good, key), 400, -1021)
  sandbox.behave('binance')
})

test('a revoked key is refused, a restored one works again', async () => {
  sandbox.revokeKey('binance', key.apiKey)
  await refused(binanceGet(url, path, good, key), 401, -2015)
  sandbox.behave('binance')
  assert.equal((await binanceGet(url, path, good, key)).status, 200)
})

test('each key says what it may do', async () => {
  const rights = async (credential: Credential) => {
    const { json } = await binanceGet(url, '/sapi/v1/account/apiRestrictions', {}, credential)
    const { enableReading, enableSpotAndMarginTrading, enableWithdrawals } = json as Record<string, boolean>
    return [enableReading, enableSpotAndMarginTrading, enableWithdrawals]
  }
  const { readOnly, trading, withdrawing } = sandbox.credentials.binance
  assert.deepEqual(await rights(readOnly), [true, false, false])
  assert.deepEqual(await rights(trading), [true, true, false])
  assert.deepEqual(await rights(withdrawing), [true, true, true])
  sandbox.allowTrading('binance', readOnly.apiKey)
  assert.deepEqual(await rights(readOnly), [true, true, false])
  sandbox.behave('binance')
  assert.deepEqual(await rights(readOnly), [true, false, false])
})
