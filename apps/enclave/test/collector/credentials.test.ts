import assert from 'node:assert/strict'
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { test } from 'node:test'
import { encodeUtf8 } from '@perf-aggregator/protocol'
import fc from 'fast-check'
import { openCredentials, readSubmission, sealCredentials, wipeCredentials } from '../../src/collector/credentials.ts'
import { signingKey } from '../../src/collector/signing-key.ts'
import type { VenueId } from '../../src/ports/venue.ts'
import { random } from '../random.ts'
import { refusal } from '../refusal.ts'

const VALID = {
  exchange: 'binance',
  apiKey: 'the-api-key',
  apiSecret: 'the-api-secret',
  userId: 'u1',
  symbols: ['BTC/USDT'],
}
const read = (plaintext: object, announced = 'binance') =>
  readSubmission(encodeUtf8(JSON.stringify(plaintext)), announced)

test('a submission, with secrets as views of the plaintext', () => {
  const plaintext = encodeUtf8(JSON.stringify(VALID))
  const { credentials, symbols, userId, clientKey, sandbox } = readSubmission(plaintext, 'binance')
  assert.equal(Buffer.from(credentials.apiKey).toString(), 'the-api-key')
  assert.equal(Buffer.from(credentials.apiSecret).toString(), 'the-api-secret')
  assert.deepEqual(
    { symbols, userId, clientKey, sandbox },
    { symbols: ['BTC/USDT'], userId: 'u1', clientKey: null, sandbox: false },
  )
  plaintext.fill(0)
  assert.ok(
    credentials.apiSecret.every((byte) => byte === 0),
    'wiping the plaintext wipes them',
  )
})

test('one thing wrong, and it is refused with its code', () => {
  const { apiSecret: _secret, ...withoutSecret } = VALID
  for (const [alter, code] of [
    [{ ...VALID, exchange: 'mtgox' }, 'unknown_exchange'],
    [{ ...VALID, exchange: 'kraken' }, 'exchange_mismatch'],
    [{ ...VALID, extra: 'x' }, 'plaintext_invalid'],
    [{ ...VALID, apiKey: 7 }, 'plaintext_invalid'],
    [{ ...VALID, apiKey: 'key\r\nX-Evil: 1' }, 'plaintext_invalid'],
    [{ ...VALID, apiKey: '' }, 'plaintext_invalid'],
    [{ ...VALID, client_pub: 'short' }, 'plaintext_invalid'],
    [{ ...VALID, client_pub: Buffer.alloc(32).toString('base64') }, 'plaintext_invalid'],
    [withoutSecret, 'plaintext_invalid'],
    [[], 'plaintext_invalid'],
  ] as const) {
    assert.throws(() => read(alter), refusal(code), JSON.stringify(alter))
  }
  assert.throws(() => readSubmission(encodeUtf8('{"exchange":"binance"'), 'binance'), refusal('plaintext_invalid'))
})

test('no refusal repeats what was submitted, not even in a cause', () => {
  for (const alter of [
    { ...VALID, extra: 'x' },
    { ...VALID, apiKey: 'the-api-key\n' },
    { ...VALID, userId: 'böse' },
  ]) {
    try {
      read(alter)
      assert.fail('must be refused')
    } catch (error) {
      const shown = `${String(error)} ${String((error as Error).cause)} ${(error as Error).stack}`
      assert.ok(!shown.includes('the-api-'), shown)
    }
  }
})

const branch = createSecretKey(randomBytes(32))
const bytes = (text: string): Buffer => Buffer.from(text)

test('what was sealed for a session opens for it, and for no other session, venue, branch or data key', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      (apiKey, apiSecret) => {
        const sealed = sealCredentials(branch, 's1', { venue: 'kraken', apiKey, apiSecret }, random)
        const opened = openCredentials(branch, 's1', 'kraken', sealed)
        assert.deepEqual(new Uint8Array(opened.apiKey), apiKey)
        assert.deepEqual(new Uint8Array(opened.apiSecret), apiSecret)
        wipeCredentials(opened)
        assert.ok([...opened.apiKey, ...opened.apiSecret].every((byte) => byte === 0))
      },
    ),
    { numRuns: 30 },
  )
  const credentials = { venue: 'kraken' as const, apiKey: bytes('k1k1k1k1'), apiSecret: bytes('s1s1s1s1') }
  const sealed = sealCredentials(branch, 's1', credentials, random)
  const other = sealCredentials(branch, 's2', credentials, random)
  const fails = (attempt: () => unknown): void => {
    assert.throws(attempt, refusal('unseal_failed'))
  }
  fails(() => openCredentials(branch, 's2', 'kraken', sealed))
  fails(() => openCredentials(branch, 's1', 'binance', sealed))
  fails(() => openCredentials(createSecretKey(randomBytes(32)), 's1', 'kraken', sealed))
  fails(() => openCredentials(branch, 's1', 'kraken', { ...sealed, wrappedKey: other.wrappedKey }))
  fails(() => openCredentials(branch, 's1', 'kraken', { ...sealed, ciphertext: other.ciphertext }))
  fails(() => openCredentials(branch, 's1', 'kraken', { ...sealed, ciphertext: sealed.ciphertext.subarray(1) }))
})

const keyOf = (venue: VenueId, apiSecret: string | Buffer) =>
  signingKey({ venue, apiKey: bytes('k'), apiSecret: Buffer.from(apiSecret) })

test('Binance: a secret of text signs as its bytes', () => {
  const secret = randomBytes(32).toString('hex')
  const mac = createHmac('sha256', keyOf('binance', secret)).update('m').digest('hex')
  assert.equal(mac, createHmac('sha256', secret).update('m').digest('hex'))
})

test('Kraken: any secret in base64 signs as what it encodes; other text is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 100 }), (raw) => {
      const key = keyOf('kraken', Buffer.from(raw).toString('base64'))
      assert.deepEqual(new Uint8Array(key.export()), raw)
    }),
  )
  const good = randomBytes(64).toString('base64')
  for (const bad of [
    good.slice(1, -4),
    good.replace(/^./, '*'),
    `${good}\n`,
    good.replace(/=+$/, ''),
    'QUJD',
    `${good.slice(0, -3)}B==`,
  ]) {
    assert.throws(() => keyOf('kraken', bad), refusal('plaintext_invalid'), bad)
  }
})

test('Coinbase: EC keys in PEM, line breaks real or escaped, SEC1 or PKCS #8; Ed25519 keys in base64', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const forms = [
    ec.privateKey.export({ type: 'sec1', format: 'pem' }),
    ec.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ec.privateKey.export({ type: 'sec1', format: 'pem' }).replaceAll('\n', '\\n'),
  ]
  for (const pem of forms) {
    const signature = sign('sha256', bytes('m'), keyOf('coinbase', pem))
    assert.ok(verify('sha256', bytes('m'), ec.publicKey, signature))
  }
  const ed = generateKeyPairSync('ed25519')
  const { d = '', x = '' } = ed.privateKey.export({ format: 'jwk' })
  const seed = Buffer.from(d, 'base64url')
  for (const secret of [
    Buffer.concat([seed, Buffer.from(x, 'base64url')]).toString('base64'),
    seed.toString('base64'),
  ]) {
    assert.ok(
      verify(null, bytes('m'), createPublicKey(ed.privateKey), sign(null, bytes('m'), keyOf('coinbase', secret))),
    )
  }
})

test('Coinbase: another curve, another algorithm, or no key at all is refused', () => {
  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' })
  for (const bad of [
    pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey),
    pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n',
    randomBytes(48).toString('base64'),
    'not a key at all',
  ]) {
    assert.throws(() => keyOf('coinbase', bad), refusal('plaintext_invalid'))
  }
})
