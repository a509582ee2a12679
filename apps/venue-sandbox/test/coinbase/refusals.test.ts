import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Credential, type Sandbox, startSandbox } from '../../src/index.ts'
import { type Answer, coinbaseGet, coinbaseToken, send, type TokenParts } from '../wire.ts'

let sandbox: Sandbox
let key: Credential
let url: string

before(async () => {
  sandbox = await startSandbox({ seed: 'coinbase refusals', fillsPerAccount: 60, rateLimitScale: 10 })
  key = sandbox.credentials.coinbase.readOnly
  url = sandbox.venues.coinbase.url
})
after(() => sandbox.stop())

const path = '/api/v3/brokerage/orders/historical/fills'
const seconds = (): number => Math.floor(Date.now() / 1000)
const header = (name: string, value: unknown) => (parts: TokenParts) => void (parts.header[name] = value)
const claim = (name: string, value: unknown) => (parts: TokenParts) => void (parts.claims[name] = value)

const cases: readonly [string, string, () => Promise<Answer>][] = [
  ['no token', 'missing', () => send(url + path)],
  ['a token of two parts', 'malformed', () => send(url + path, { headers: { authorization: 'Bearer e30.e30' } })],
  [
    'a header that is not JSON',
    'malformed',
    () => send(url + path, { headers: { authorization: 'Bearer AA.e30.AA' } }),
  ],
  ['an unknown key', 'key', () => coinbaseGet(url, path, {}, key, header('kid', 'organizations/x/apiKeys/y'))],
  ['no nonce', 'nonce', () => coinbaseGet(url, path, {}, key, header('nonce', undefined))],
  ['the algorithm none', 'algorithm', () => coinbaseGet(url, path, {}, key, header('alg', 'none'))],
  ['the other algorithm', 'algorithm', () => coinbaseGet(url, path, {}, key, header('alg', 'EdDSA'))],
  ["another key's name as subject", 'subject', () => coinbaseGet(url, path, {}, key, claim('sub', 'x'))],
  ['another issuer', 'issuer', () => coinbaseGet(url, path, {}, key, claim('iss', 'x'))],
  ['a token for later', 'not-before', () => coinbaseGet(url, path, {}, key, claim('nbf', seconds() + 60))],
  ['an expired token', 'expired', () => coinbaseGet(url, path, {}, key, claim('exp', seconds() - 1))],
  ['a token for an hour', 'lifetime', () => coinbaseGet(url, path, {}, key, claim('exp', seconds() + 3600))],
  [
    'a token for another path',
    'uri',
    () => coinbaseGet(url, path, {}, key, claim('uri', 'GET api.coinbase.com/api/v3/brokerage/accounts')),
  ],
  [
    'a token with the query in its uri',
    'uri',
    () => coinbaseGet(url, path, { limit: 1 }, key, claim('uri', `GET api.coinbase.com${path}?limit=1`)),
  ],
  [
    'a token for another method',
    'uri',
    () => coinbaseGet(url, path, {}, key, claim('uri', `POST api.coinbase.com${path}`)),
  ],
]

for (const [what, reason, ask] of cases) {
  test(`refuses ${what}: Unauthorized, for reason ${reason}`, async () => {
    const { status, text, headers } = await ask()
    assert.equal(headers.get('x-venue-sandbox-reason'), reason)
    assert.equal(status, 401)
    assert.equal(text, 'Unauthorized\n')
  })
}

test('refuses a token signed by another key', async () => {
  const mine = { ...sandbox.credentials.coinbase.trading, apiKey: key.apiKey }
  const { status, headers } = await coinbaseGet(url, path, {}, mine)
  assert.equal(status, 401)
  assert.equal(headers.get('x-venue-sandbox-reason'), 'signature')
})

test('takes a token made for the production host, and a list of uris', async () => {
  for (const claims of [claim('uri', `GET api.coinbase.com${path}`), claim('uris', [`GET api.coinbase.com${path}`])]) {
    assert.equal((await coinbaseGet(url, path, {}, key, claims)).status, 200)
  }
  const ed = sandbox.credentials.coinbase.readOnlyEd25519
  assert.ok(ed)
  assert.equal((await coinbaseGet(url, path, {}, ed)).status, 200)
})

test('a token does not open another path', async () => {
  const token = coinbaseToken(`GET ${new URL(url).host}${path}`, key, () => {})
  const { status } = await send(`${url}/api/v3/brokerage/accounts`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(status, 401)
})

test('each key says what it may do, and all name the same portfolio', async () => {
  const permissions = async (credential: Credential) => {
    const { json } = await coinbaseGet(url, '/api/v3/brokerage/key_permissions', {}, credential)
    return json as { can_view: boolean; can_trade: boolean; can_transfer: boolean; portfolio_uuid: string }
  }
  const { readOnly, trading, withdrawing } = sandbox.credentials.coinbase
  const [one, two, three] = [await permissions(readOnly), await permissions(trading), await permissions(withdrawing)]
  assert.deepEqual([one.can_view, one.can_trade, one.can_transfer], [true, false, false])
  assert.deepEqual([two.can_view, two.can_trade, two.can_transfer], [true, true, false])
  assert.deepEqual([three.can_view, three.can_trade, three.can_transfer], [true, true, true])
  assert.equal(new Set([one, two, three].map(({ portfolio_uuid }) => portfolio_uuid)).size, 1)
})

test('a forged cursor and a bad time are invalid arguments', async () => {
  for (const parameters of [{ cursor: 'AAAA' }, { start_sequence_timestamp: 'yesterday' }]) {
    const { status, json } = await coinbaseGet(url, path, parameters, key)
    assert.equal(status, 400)
    assert.equal((json as { error: string }).error, 'INVALID_ARGUMENT')
  }
})

test('more than 350 candles are refused', async () => {
  const { status } = await send(
    `${url}/api/v3/brokerage/market/products/BTC-USD/candles?granularity=ONE_DAY&start=0&end=${352 * 86_400}`,
  )
  assert.equal(status, 400)
})
