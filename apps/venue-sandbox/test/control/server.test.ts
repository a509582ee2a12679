import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { runSandbox, type Sandbox } from '../../src/index.ts'
import { send } from '../wire.ts'

let sandbox: Sandbox
const printed: string[] = []

before(async () => {
  sandbox = await runSandbox({ seed: 'control', fillsPerAccount: 30, rateLimitScale: 5 }, (line) => printed.push(line))
})
after(() => sandbox.stop())

const control = (path: string, body: unknown) =>
  send(`${sandbox.discoveryUrl}/control/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })

test('discovery names the venues and nothing secret', async () => {
  const { json, text, headers } = await send(`${sandbox.discoveryUrl}/`)
  assert.deepEqual(json, { sandbox: true, venues: sandbox.venues, rate_limit_scale: 5 })
  assert.equal(headers.get('x-venue-sandbox'), '1')
  for (const { readOnly } of Object.values(sandbox.credentials)) assert.ok(!text.includes(readOnly.apiKey))
})

test('what is printed says that it is a sandbox, and holds addresses and credentials', async () => {
  const text = printed.join('\n')
  assert.match(text, /^SANDBOX: not real exchanges/)
  for (const { url } of Object.values(sandbox.venues)) assert.ok(text.includes(url))
  assert.ok(text.includes(sandbox.credentials.kraken.readOnly.apiSecret))
  const lines: string[] = []
  const other = await runSandbox({ seed: 'control', fillsPerAccount: 5, json: true }, (line) => lines.push(line))
  await other.stop()
  const parsed = JSON.parse(lines.join('\n')) as { sandbox: boolean; discovery_url: string; credentials: unknown }
  assert.equal(parsed.sandbox, true)
  assert.equal(parsed.discovery_url, other.discoveryUrl)
  assert.deepEqual(parsed.credentials, sandbox.credentials)
})

test('faults are armed and disarmed over HTTP', async () => {
  const time = () => send(`${sandbox.venues.binance.url}/api/v3/time`)
  assert.equal((await control('binance', { kind: 'status', status: 503, times: 5 })).status, 200)
  assert.equal((await time()).status, 503)
  await send(`${sandbox.discoveryUrl}/control/binance`, { method: 'DELETE' })
  assert.equal((await time()).status, 200)
})

test('trades, flows and keys are driven over HTTP', async () => {
  const before = sandbox.traders.kraken.fills().length
  const { json } = await control('kraken/trade', { fills: 4 })
  assert.equal((json as { fills: unknown[] }).fills.length, 4)
  assert.equal(sandbox.traders.kraken.fills().length, before + 4)
  const usd = Number(sandbox.traders.kraken.balances()['USD'])
  await control('kraken/flow', { direction: 'in', asset: 'USD', amount: '125.5' })
  assert.equal(Number(sandbox.traders.kraken.balances()['USD']), usd + 125.5)
  const overdrawn = await control('kraken/flow', { direction: 'out', asset: 'USD', amount: '99999999' })
  assert.equal(overdrawn.status, 409)
  await control('binance/key', { api_key: sandbox.credentials.binance.trading.apiKey, change: 'revoke' })
  const state = await send(`${sandbox.discoveryUrl}/control/kraken`)
  assert.equal((state.json as { fills: number }).fills, before + 4)
})

test('bad requests change nothing', async () => {
  const cases: readonly [string, unknown, number][] = [
    ['binance', { kind: 'flood' }, 400],
    ['binance', { kind: 'slow', ms: 'long' }, 400],
    ['binance', { kind: 'status' }, 400],
    ['binance/key', { api_key: 'x', change: 'paint' }, 400],
    ['kraken/flow', { direction: 'in', asset: 'USD', amount: '1e9' }, 400],
    ['nowhere', { kind: 'reset' }, 404],
    ['binance/nothing', {}, 404],
  ]
  for (const [path, body, status] of cases) assert.equal((await control(path, body)).status, status, path)
  const form = await send(`${sandbox.discoveryUrl}/control/binance`, { method: 'POST', body: '{"kind":"reset"}' })
  assert.equal(form.status, 415)
  assert.deepEqual((await send(`${sandbox.discoveryUrl}/control/binance`)).status, 200)
  assert.equal((await send(`${sandbox.venues.binance.url}/api/v3/time`)).status, 200)
})

test('requests are counted per endpoint', async () => {
  sandbox.resetRequests('coinbase')
  await send(`${sandbox.venues.coinbase.url}/v2/time`)
  await send(`${sandbox.venues.coinbase.url}/v2/time`)
  await send(`${sandbox.venues.coinbase.url}/v2/accounts/00000000-0000-4000-8000-000000000000/transactions`)
  assert.deepEqual(sandbox.requests('coinbase'), { 'GET /v2/time': 2, 'GET /v2/accounts/{id}/transactions': 1 })
})

test('a character that comes in two pieces is read whole', async () => {
  const body = Buffer.from(JSON.stringify({ kind: 'truncate', path: '/é' }))
  const cut = body.indexOf(0xc3) + 1
  const sent = request(`${sandbox.discoveryUrl}/control/binance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': body.length },
  })
  const answered = new Promise<string>((resolve, reject) => {
    sent.once('error', reject).once('response', (response) => {
      response.setEncoding('utf8').once('data', resolve)
    })
  })
  sent.write(body.subarray(0, cut))
  await sleep(100)
  sent.end(body.subarray(cut))
  const { faults } = JSON.parse(await answered) as { faults: { path?: string }[] }
  sandbox.behave('binance')
  assert.deepEqual(
    faults.map(({ path }) => path),
    ['/é'],
  )
})
