import assert from 'node:assert/strict'
import {
  createHash,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
} from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, OutgoingRequest } from '../../src/collector/egress.ts'
import { Pace } from '../../src/collector/pace.ts'
import { systemClock } from '../../src/collector/system.ts'
import { Tenants } from '../../src/collector/tenants.ts'
import { binanceRules } from '../../src/collector/venues/binance/rules.ts'
import { KEY_PLACEHOLDER, LIVE_ORIGINS } from '../../src/collector/venues/ccxt.ts'
import { coinbaseRules } from '../../src/collector/venues/coinbase/rules.ts'
import { Connection } from '../../src/collector/venues/connection.ts'
import { krakenRules } from '../../src/collector/venues/kraken/rules.ts'
import { refusal } from '../refusal.ts'

const TENANTS = 40
const CALLS = 12

/** Answers after a random while, so that calls of many tenants are under way at once. */
async function openConnection(rules: typeof binanceRules, tenants: Tenants, see: (request: OutgoingRequest) => void) {
  const time: Readonly<Record<string, string>> = {
    binance: '{"serverTime":1700000000000}',
    kraken: '{"error":[],"result":{"unixtime":1700000000}}',
    coinbase: '{"epochMillis":"1700000000000"}',
  }
  const fetch = async (request: OutgoingRequest): Promise<Answer> => {
    await sleep(Math.floor((randomBytes(1)[0] ?? 0) / 64))
    const isTime = /\/time$|\/Time$/.test(request.url)
    if (!isTime) see(request)
    return {
      status: 200,
      retryAfterSeconds: null,
      body: isTime ? (time[rules.venue] ?? '') : '{"error":[],"result":{}}',
    }
  }
  const pace = new Pace(systemClock, async () => {}, 1_000, 1_000_000)
  const parts = { origin: LIVE_ORIGINS[rules.venue], fetch, tenants, pace, clock: systemClock, sleep: async () => {} }
  return await Connection.open(rules, parts)
}

async function interleave(tenants: Tenants, names: readonly string[], call: () => Promise<unknown>): Promise<void> {
  await Promise.all(
    names.flatMap((name) =>
      Array.from({ length: CALLS }, async () => {
        await tenants.run(name, async () => {
          await sleep(0)
          await call()
        })
      }),
    ),
  )
}

test('binance: interleaved calls of many tenants are each signed with their own key', async () => {
  const tenants = new Tenants()
  const secrets = new Map<string, Buffer>()
  for (let index = 0; index < TENANTS; index += 1) {
    const apiKey = randomBytes(32).toString('hex')
    const secret = randomBytes(32)
    secrets.set(apiKey, secret)
    tenants.hold(`t${index}`, 'binance', Buffer.from(apiKey), createSecretKey(secret))
  }
  let seen = 0
  const connection = await openConnection(binanceRules, tenants, ({ url, headers }) => {
    const { search } = new URL(url)
    const [, signed = '', signature = ''] = /^\?(.*)&signature=([0-9a-f]{64})$/.exec(search) ?? []
    const secret = secrets.get(headers['X-MBX-APIKEY'] ?? '')
    assert.ok(secret, 'a known key')
    assert.equal(createHmac('sha256', secret).update(signed).digest('hex'), signature)
    seen += 1
  })
  const names = [...secrets.keys()].map((_, index) => `t${index}`)
  await interleave(tenants, names, async () => await connection.private('privateGetAccount'))
  assert.equal(seen, TENANTS * CALLS)
})

test('kraken: each with its own key, and with numbers that only grow, also where two sessions hold one key', async () => {
  const tenants = new Tenants()
  const secrets = new Map<string, Buffer>()
  const names: string[] = []
  for (let index = 0; index < TENANTS; index += 1) {
    const apiKey = randomBytes(42).toString('base64')
    const secret = randomBytes(64)
    secrets.set(apiKey, secret)
    for (const name of [`t${index}`, `again${index}`]) {
      names.push(name)
      tenants.hold(name, 'kraken', Buffer.from(apiKey), createSecretKey(secret))
    }
  }
  const lastNonce = new Map<string, bigint>()
  const connection = await openConnection(krakenRules, tenants, ({ url, headers, body = '' }) => {
    const apiKey = headers['API-Key'] ?? ''
    const secret = secrets.get(apiKey)
    assert.ok(secret, 'a known key')
    const nonce = new URLSearchParams(body).get('nonce') ?? ''
    const digest = createHash('sha256')
      .update(nonce + body)
      .digest()
    const wanted = createHmac('sha512', secret).update(new URL(url).pathname).update(digest).digest('base64')
    assert.equal(headers['API-Sign'], wanted)
    assert.ok(BigInt(nonce) > (lastNonce.get(apiKey) ?? 0n), 'in the order it arrives')
    lastNonce.set(apiKey, BigInt(nonce))
  })
  await interleave(tenants, names, async () => await connection.private('privatePostBalance'))
  assert.equal(lastNonce.size, TENANTS)
})

test('coinbase: each with its own key, EC and Ed25519 mixed, and for its own request', async () => {
  const tenants = new Tenants()
  const keys = new Map<string, KeyObject>()
  const names = Array.from({ length: TENANTS }, (_, index) => `t${index}`)
  for (const [index, name] of names.entries()) {
    const pair =
      index % 2 === 0 ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) : generateKeyPairSync('ed25519')
    keys.set(`key-${name}`, pair.publicKey)
    tenants.hold(name, 'coinbase', Buffer.from(`key-${name}`), pair.privateKey)
  }
  let seen = 0
  const connection = await openConnection(coinbaseRules, tenants, ({ url, method, headers }) => {
    const token = (headers['Authorization'] ?? '').replace('Bearer ', '')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
    const claims = read(payload)
    const name = String(claims['sub'])
    const key = keys.get(name)
    assert.ok(key, 'a known key')
    assert.equal(read(header)['kid'], name)
    const { host, pathname } = new URL(url)
    assert.equal(claims['uri'], `${method} ${host}${pathname}`)
    assert.equal(Number(claims['exp']) - Number(claims['nbf']), 120)
    const ed = key.asymmetricKeyType === 'ed25519'
    assert.equal(read(header)['alg'], ed ? 'EdDSA' : 'ES256')
    const data = Buffer.from(`${header}.${payload}`)
    assert.ok(
      verify(ed ? null : 'sha256', data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
    )
    seen += 1
  })
  await interleave(tenants, names, async () => await connection.private('v3PrivateGetBrokerageAccounts', { limit: 3 }))
  assert.equal(seen, TENANTS * CALLS)
})

test('a private call outside of a session, or of one that was released, is never sent', async () => {
  const tenants = new Tenants()
  let sent = 0
  const connection = await openConnection(binanceRules, tenants, () => {
    sent += 1
  })
  const call = async (): Promise<unknown> => await connection.private('privateGetAccount')
  await assert.rejects(call(), refusal('not_attached'))
  await assert.rejects(tenants.run('nobody', call), refusal('not_attached'))
  tenants.hold('t', 'binance', Buffer.from('key-of-t'), createSecretKey(Buffer.from('secret')))
  const revokedMeanwhile = tenants.run('t', async () => {
    await sleep(5)
    return await call()
  })
  assert.equal(tenants.release('t'), true)
  await assert.rejects(revokedMeanwhile, refusal('not_attached'))
  assert.equal(sent, 0)
})

test('a public call carries no key, inside a session or outside', async () => {
  const tenants = new Tenants()
  const seen: OutgoingRequest[] = []
  const connection = await openConnection(binanceRules, tenants, (request) => seen.push(request))
  tenants.hold('t', 'binance', Buffer.from('key-of-t'), createSecretKey(Buffer.from('secret')))
  await connection.public('publicGetExchangeInfo')
  await tenants.run('t', async () => await connection.public('publicGetExchangeInfo'))
  const text = JSON.stringify(seen)
  assert.equal(seen.length, 2)
  for (const never of ['key-of-t', 'signature', KEY_PLACEHOLDER]) assert.ok(!text.includes(never), never)
})

test('sessions share the line of their key, and of no other key or venue', async () => {
  const tenants = new Tenants()
  const key = createSecretKey(randomBytes(32))
  const [shared, other] = [randomBytes(42).toString('base64'), randomBytes(42).toString('base64')]
  tenants.hold('first', 'kraken', Buffer.from(shared), key)
  tenants.hold('second', 'kraken', Buffer.from(shared), key)
  tenants.hold('other', 'kraken', Buffer.from(other), key)
  tenants.hold('elsewhere', 'binance', Buffer.from(shared), key)
  const line = async (name: string): Promise<string | null> =>
    await tenants.run(name, async () => tenants.currentLine())
  const first = await line('first')
  assert.equal(await line('second'), first)
  assert.equal(new Set([first, await line('other'), await line('elsewhere')]).size, 3)
  tenants.release('first')
  assert.equal(await line('second'), first)
  assert.equal(tenants.currentLine(), null)
})

test('releasing wipes the key, once', () => {
  const tenants = new Tenants()
  const apiKey = Buffer.from('key-of-t')
  tenants.hold('t', 'kraken', apiKey, createSecretKey(Buffer.from('secret')))
  assert.equal(tenants.venueOf('t'), 'kraken')
  assert.equal(tenants.release('t'), true)
  assert.deepEqual(apiKey, Buffer.alloc(8))
  assert.equal(tenants.release('t'), false)
  assert.throws(() => tenants.venueOf('t'), refusal('not_attached'))
})
