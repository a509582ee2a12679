import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Credentials, encodeCredentials, ProtocolError, readCredentials } from '../../src/index.ts'

const MINIMAL: Credentials = { exchange: 'binance', apiKey: 'k', apiSecret: 's' }
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const text = (secret: Uint8Array | null): string | null => (secret ? Buffer.from(secret).toString() : null)

const KEYS = Array.from({ length: 20 }, () => {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return new Uint8Array(Buffer.from(x, 'base64url'))
})

const printable = (maxLength: number) =>
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength,
  })
const lines = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\n', '\r'),
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  ),
  minLength: 1,
  maxLength: 300,
})
const symbol = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9/:._-]{0,31}$/)

const anyCredentials = fc.record(
  {
    exchange: fc.constantFrom('binance' as const, 'coinbase' as const, 'kraken' as const),
    apiKey: printable(100),
    apiSecret: lines,
    passphrase: printable(40),
    userId: fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
    symbols: fc.array(symbol, { maxLength: 10 }),
    sandbox: fc.boolean(),
    clientKey: fc.constantFrom(...KEYS),
  },
  { requiredKeys: ['exchange', 'apiKey', 'apiSecret'] },
)

test('what a client encodes is what the enclave reads, PEM secrets included', () => {
  fc.assert(
    fc.property(anyCredentials, (credentials) => {
      const read = readCredentials(encodeCredentials(credentials))
      assert.equal(read.exchange, credentials.exchange)
      assert.equal(text(read.apiKey), credentials.apiKey)
      assert.equal(text(read.apiSecret), credentials.apiSecret)
      assert.equal(text(read.passphrase), credentials.passphrase ?? null)
      assert.equal(read.userId, credentials.userId ?? null)
      assert.deepEqual(read.symbols, credentials.symbols ?? [])
      assert.equal(read.sandbox, credentials.sandbox ?? false)
      assert.deepEqual(read.clientKey, credentials.clientKey ?? null)
    }),
  )
})

test('secrets are views of the plaintext: wiping that wipes them', () => {
  const plaintext = encodeCredentials({ ...MINIMAL, apiSecret: '-----BEGIN\n"x"\\\n-----', passphrase: 'p' })
  const { apiKey, apiSecret, passphrase } = readCredentials(plaintext)
  for (const secret of [apiKey, apiSecret, passphrase]) assert.equal(secret?.buffer, plaintext.buffer)
  plaintext.fill(0)
  for (const secret of [apiKey, apiSecret, passphrase]) assert.ok(secret?.every((byte) => byte === 0))
})

test('every JSON escape reads as JSON.parse reads it', () => {
  const escaped = String.raw`\"\\\/\n\r\u0041\u007e\u000A\u000d`
  const read = readCredentials(bytes(`{"exchange":"binance","apiKey":"k","apiSecret":"${escaped}"}`))
  assert.equal(text(read.apiSecret), JSON.parse(`"${escaped}"`))
})

test('white space and the order of fields do not matter, names may be escaped', () => {
  const read = readCredentials(
    bytes(
      ' {\n"symbols" : [ "BTCUSDT" , "ETH/EUR" ],\t"apiSecret":"s","\\u0061piKey":"k","sandbox": true ,"exchange":"kraken" }\r\n',
    ),
  )
  assert.deepEqual(
    [read.exchange, text(read.apiKey), read.sandbox, read.symbols],
    ['kraken', 'k', true, ['BTCUSDT', 'ETH/EUR']],
  )
})

const whole = (member: string): string => `{"exchange":"binance","apiKey":"k","apiSecret":"s",${member}}`

/** 32 bytes under which no signature says anything: `y` little-endian, the sign of `x` in the last bit. */
const NO_KEYS: readonly (readonly [string, Uint8Array])[] = [
  ['no point', point('02')],
  ['a point whose y is not reduced', point('f0', 'ff', '7f')],
  ['of order 1', point('01')],
  ['of order 2', point('ec', 'ff', '7f')],
  ['of order 4', point('00')],
  ['of order 4, x odd', point('00', '00', '80')],
  ['of order 8', Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')],
  ['of order 8, x odd', Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', 'hex')],
]

function point(first: string, between = '00', last = '00'): Uint8Array {
  return Buffer.from(first + between.repeat(30) + last, 'hex')
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'credentials_json'],
  ['an array', '[]', 'credentials_json'],
  ['a string', '"x"', 'credentials_json'],
  ['an object without fields', '{}', 'credentials_field'],
  ['more after the object', `${whole('"userId":"u"')} x`, 'credentials_json'],
  ['a comma too many', whole('"userId":"u",'), 'credentials_json'],
  ['a colon too few', whole('"userId" "u"'), 'credentials_json'],
  ['a byte order mark', `\ufeff${whole('"userId":"u"')}`, 'credentials_json'],
  ['a string that does not end', '{"exchange":"binance', 'credentials_json'],
  ['an escape at the end', '{"exchange":"binance\\', 'credentials_json'],
  ['a control character in a secret', '{"apiSecret":"a\nb"}', 'credentials_json'],
  ['an unknown escape in a secret', '{"apiSecret":"a\\x"}', 'credentials_json'],
  ['a short escape in a secret', '{"apiSecret":"\\u00"}', 'credentials_json'],
  ['a number for a flag', whole('"sandbox":1'), 'credentials_json'],
  ['null for a flag', whole('"sandbox":null'), 'credentials_json'],
  ['null for a passphrase', whole('"passphrase":null'), 'credentials_json'],
  ['a lone surrogate', whole('"userId":"\\ud800"'), 'credentials_json'],
  ['an unknown field', whole('"extra":"x"'), 'credentials_field'],
  ['a field of every object', whole('"__proto__":"x"'), 'credentials_field'],
  ['a field twice', whole('"apiKey":"l"'), 'credentials_field'],
  ['a field twice, once escaped', whole('"\\u0061piKey":"l"'), 'credentials_field'],
  ['no apiKey', '{"exchange":"binance","apiSecret":"s"}', 'credentials_field'],
  ['no apiSecret', '{"exchange":"binance","apiKey":"k"}', 'credentials_field'],
  ['no exchange', '{"apiKey":"k","apiSecret":"s"}', 'credentials_field'],
  ['an empty passphrase', whole('"passphrase":""'), 'credentials_field'],
  ['a passphrase with a line end', whole('"passphrase":"a\\nb"'), 'credentials_field'],
  ['an apiKey with a line end', '{"apiKey":"a\\r\\nx: y"}', 'credentials_field'],
  ['a secret that is not ASCII', '{"apiSecret":"é"}', 'credentials_field'],
  ['a secret with an escape that is not ASCII', '{"apiSecret":"\\u00e9"}', 'credentials_field'],
  ['a secret with a NUL', '{"apiSecret":"\\u0000"}', 'credentials_field'],
  ['a secret that is too long', `{"apiSecret":"${'a'.repeat(8193)}"}`, 'credentials_field'],
  ['a userId with a space', whole('"userId":"a b"'), 'credentials_field'],
  ['a symbol that is none', whole('"symbols":["BTC USDT"]'), 'credentials_field'],
  ['too many symbols', whole(`"symbols":[${Array.from({ length: 501 }, () => '"A"').join(',')}]`), 'credentials_field'],
  ['symbols that are no array', whole('"symbols":"BTCUSDT"'), 'credentials_json'],
  [
    'a client_pub of another length',
    whole(`"client_pub":"${Buffer.alloc(31).toString('base64')}"`),
    'credentials_field',
  ],
  ...NO_KEYS.map(
    ([what, key]) =>
      [
        `a client_pub that is ${what}`,
        whole(`"client_pub":"${Buffer.from(key).toString('base64')}"`),
        'credentials_field',
      ] as const,
  ),
  ['a client_pub that is not base64', whole('"client_pub":"!"'), 'credentials_field'],
  ['an exchange that is not supported', '{"exchange":"mtgox","apiKey":"k","apiSecret":"s"}', 'credentials_exchange'],
  ['an exchange in another case', '{"exchange":"Binance","apiKey":"k","apiSecret":"s"}', 'credentials_exchange'],
]

for (const [what, plaintext, code] of REFUSED) {
  test(`${what} is ${code}`, () => {
    assert.throws(() => readCredentials(bytes(plaintext)), { name: 'ProtocolError', code })
  })
}

test('bytes that are not UTF-8 are refused', () => {
  const plaintext = bytes(whole('"userId":"u"'))
  plaintext[plaintext.length - 3] = 0xff
  assert.throws(() => readCredentials(plaintext), { code: 'credentials_json' })
})

test('whatever one byte becomes, it reads or is refused with a code, and never reads as something JSON.parse would not', () => {
  const source = encodeCredentials({ ...MINIMAL, apiSecret: 'a"\\\nb', symbols: ['BTCUSDT'], sandbox: true })
  for (let at = 0; at < source.length; at++) {
    for (const byte of [0, 0x0a, 0x20, 0x22, 0x2c, 0x3a, 0x5c, 0x5d, 0x75, 0x7d, 0x80, 0xff]) {
      const altered = source.slice()
      altered[at] = byte
      const asText = Buffer.from(altered).toString()
      try {
        const read = readCredentials(altered)
        const parsed = JSON.parse(asText) as Record<string, unknown>
        assert.equal(text(read.apiSecret), parsed['apiSecret'])
        assert.equal(text(read.apiKey), parsed['apiKey'])
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `byte ${at} as ${byte}: ${String(error)}`)
      }
    }
  }
})

const TOO_MUCH: readonly (readonly [string, Partial<Credentials>])[] = [
  ['an empty apiKey', { apiKey: '' }],
  ['an apiKey with a line end', { apiKey: 'a\nb' }],
  ['an apiKey that is too long', { apiKey: 'a'.repeat(513) }],
  ['a secret that is not ASCII', { apiSecret: 'é' }],
  ['a passphrase with a tab', { passphrase: 'a\tb' }],
  ['a userId with a space', { userId: 'a b' }],
  ['a symbol that is none', { symbols: ['a b'] }],
  ['too many symbols', { symbols: Array.from({ length: 501 }, () => 'A') }],
  ['a client key of another length', { clientKey: new Uint8Array(31) }],
  ...NO_KEYS.map(([what, clientKey]) => [`a client key that is ${what}`, { clientKey }] as const),
]

for (const [what, alter] of TOO_MUCH) {
  test(`a client does not encode ${what}`, () => {
    assert.throws(() => encodeCredentials({ ...MINIMAL, ...alter }), {
      name: 'ProtocolError',
      code: 'credentials_field',
    })
  })
}
