import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Credential, type Sandbox, startSandbox } from '../../src/index.ts'
import { CallCounter } from '../../src/kraken/call-counter.ts'
import { type Answer, krakenPost, send } from '../wire.ts'

let sandbox: Sandbox
let key: Credential
let url: string

before(async () => {
  sandbox = await startSandbox({ seed: 'kraken refusals', fillsPerAccount: 60, rateLimitScale: 100 })
  key = sandbox.credentials.kraken.readOnly
  url = sandbox.venues.kraken.url
})
after(() => sandbox.stop())

const path = '/0/private/TradesHistory'
const other = Buffer.alloc(64, 7).toString('base64')
const flip = (signature: string): string => (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)

const cases: readonly [string, string, () => Promise<Answer>][] = [
  ['one letter of the signature', 'EAPI:Invalid signature', () => krakenPost(url, path, {}, key, flip)],
  ['another secret', 'EAPI:Invalid signature', () => krakenPost(url, path, {}, { ...key, apiSecret: other })],
  ['an unknown key', 'EAPI:Invalid key', () => krakenPost(url, path, {}, { ...key, apiKey: 'AAAA' })],
  ['no key', 'EAPI:Invalid key', () => send(url + path, { method: 'POST', body: 'nonce=1' })],
  ['a nonce of zero', 'EAPI:Invalid nonce', () => krakenPost(url, path, { nonce: 0 }, key)],
  ['a nonce that is no number', 'EAPI:Invalid nonce', () => krakenPost(url, path, { nonce: 'x' }, key)],
  ['an unknown method', 'EGeneral:Unknown method', () => krakenPost(url, '/0/private/AddOrder', {}, key)],
  ['an offset that is no number', 'EGeneral:Invalid arguments:ofs', () => krakenPost(url, path, { ofs: 'x' }, key)],
  ['a start that is no row', 'EGeneral:Invalid arguments:start', () => krakenPost(url, path, { start: 'TXXXXX' }, key)],
  ['an unknown asset', 'EQuery:Unknown asset', () => krakenPost(url, '/0/private/Ledgers', { asset: 'NOSUCH' }, key)],
  ['an unknown pair', 'EQuery:Unknown asset pair', () => send(`${url}/0/public/OHLC?pair=NOSUCH&interval=1440`)],
]

for (const [what, error, ask] of cases) {
  test(`refuses ${what} with ${error} and status 200`, async () => {
    const { status, json } = await ask()
    assert.deepEqual(json, { error: [error] })
    assert.equal(status, 200)
  })
}

test('a nonce counts once and never goes back; a forged one does not count', async () => {
  const credential = sandbox.credentials.kraken.trading
  const ask = (nonce: number, change?: (signature: string) => string) =>
    krakenPost(url, '/0/private/Balance', { nonce }, credential, change)
  const errors = async (answer: Promise<Answer>) => ((await answer).json as { error: string[] }).error
  assert.deepEqual(await errors(ask(1000)), [])
  assert.deepEqual(await errors(ask(1000)), ['EAPI:Invalid nonce'])
  assert.deepEqual(await errors(ask(999)), ['EAPI:Invalid nonce'])
  assert.deepEqual(await errors(ask(5000, flip)), ['EAPI:Invalid signature'])
  assert.deepEqual(await errors(ask(1001)), [])
})

test('each key says what it may do, and all name the same account', async () => {
  const info = async (credential: Credential) => {
    const { json } = await krakenPost(url, '/0/private/GetApiKeyInfo', {}, credential)
    return (json as { result: { permissions: string[]; iban: string; queryFrom: string } }).result
  }
  const { readOnly, trading, withdrawing } = sandbox.credentials.kraken
  const read = ['query-funds', 'query-open-trades', 'query-closed-trades', 'query-ledger', 'export-data']
  const [one, two, three] = [await info(readOnly), await info(trading), await info(withdrawing)]
  assert.deepEqual(one.permissions, read)
  assert.deepEqual(two.permissions, [...read, 'modify-trades', 'close-trades'])
  assert.ok(three.permissions.includes('withdraw-funds'))
  assert.equal(new Set([one.iban, two.iban, three.iban]).size, 1)
  assert.equal(one.queryFrom, '0')
})

test('the call counter allows seven histories at once and one more every six seconds', () => {
  const counter = new CallCounter(1)
  for (let call = 1; call <= 7; call += 1) counter.spend('key', 2, 0)
  assert.throws(() => counter.spend('key', 2, 0), /refused/)
  assert.throws(() => counter.spend('key', 2, 2000), /refused/)
  counter.spend('key', 2, 7000)
  counter.spend('another key', 2, 7000)
})
