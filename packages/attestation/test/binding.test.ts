import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Binding, bindingFromJson, bindingToJson, encodeBinding, reportData } from '../src/index.ts'
import { binding, bytes, mathematics } from './fixtures.ts'

test('the bytes that are hashed, written out by hand', async () => {
  const one = binding()
  const field = (content: Uint8Array | string): Buffer => {
    const body = Buffer.from(content)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    return Buffer.concat([length, body])
  }
  const u64 = (value: number): Buffer => {
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(BigInt(value))
    return number
  }
  const expected = Buffer.concat([
    Buffer.from('perf-aggregator/attest/v1'),
    ...[one.nonce, one.hpkeX25519, one.hpkeXWing, one.signEd25519, one.signMlDsa65, one.tlsKeySha256, one.release].map(
      field,
    ),
    field(one.logOrigin),
    field(u64(one.keyEpoch)),
    field(u64(one.notAfter)),
  ])
  assert.deepEqual(encodeBinding(one), new Uint8Array(expected))
  assert.deepEqual(await reportData(one, mathematics), new Uint8Array(createHash('sha512').update(expected).digest()))
})

test('JSON goes out and comes back', () => {
  for (const one of [binding(), { ...binding(), tlsKeySha256: bytes(32), nonce: bytes(64), logOrigin: 'é' }]) {
    const there: unknown = JSON.parse(JSON.stringify(bindingToJson(one)))
    assert.deepEqual(bindingFromJson(there), one)
  }
})

const ALTERED: Readonly<Record<string, readonly unknown[]>> = {
  nonce: [
    1,
    null,
    '',
    'AAAA',
    Buffer.alloc(31).toString('base64url'),
    Buffer.alloc(65).toString('base64url'),
    Buffer.alloc(32).toString('base64'),
  ],
  hpke_x25519: [
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    Buffer.alloc(32).toString('base64url'),
  ],
  hpke_xwing: [Buffer.alloc(1215).toString('base64'), Buffer.alloc(1217).toString('base64')],
  sign_ed25519: ['', Buffer.alloc(31).toString('base64')],
  sign_mldsa65: [Buffer.alloc(1951).toString('base64'), Buffer.alloc(1953).toString('base64')],
  tls_key_sha256: [null, '00', '00'.repeat(31), 'AA'.repeat(32)],
  release: ['', '00'.repeat(33), 'AA'.repeat(32)],
  log_origin: ['', 'a'.repeat(256), 'é'.repeat(128), '\ud800', 7, 'a b', 'a+b', 'a\n', '\u200e', '\u2028'],
  key_epoch: ['3', -1, 1.5, 2 ** 53, null],
  not_after: ['1790000000', -1, Number.NaN, {}],
}

for (const [name, values] of Object.entries(ALTERED)) {
  for (const value of values) {
    test(`${name} as ${JSON.stringify(value).slice(0, 24)} is refused`, () => {
      const json = { ...bindingToJson(binding()), [name]: value }
      assert.throws(() => bindingFromJson(json), { name: 'AttestationError', code: 'field_malformed' })
    })
  }
  test(`without ${name} it is refused`, () => {
    const json = Object.fromEntries(Object.entries(bindingToJson(binding())).filter(([key]) => key !== name))
    assert.throws(() => bindingFromJson(json), { name: 'AttestationError', code: 'field_missing' })
  })
}

test('an unknown field, or no object, is refused', () => {
  assert.throws(() => bindingFromJson({ ...bindingToJson(binding()), extra: 1 }), { code: 'field_unknown' })
  assert.throws(() => bindingFromJson({ ...bindingToJson(binding()), constructor: 1 }), { code: 'field_unknown' })
  for (const json of [null, [], 'x', 1]) assert.throws(() => bindingFromJson(json), { code: 'field_malformed' })
})

test('what has not its size or form is not encoded', () => {
  const one = binding()
  const wrong: readonly Partial<Binding>[] = [
    { nonce: bytes(31) },
    { hpkeX25519: bytes(33) },
    { hpkeXWing: bytes(1215) },
    { signEd25519: bytes(0) },
    { signMlDsa65: bytes(1953) },
    { tlsKeySha256: bytes(31) },
    { release: bytes(31) },
    { logOrigin: '' },
    { logOrigin: '\udc00' },
    { logOrigin: 'log.example+perf' },
    { keyEpoch: -1 },
    { notAfter: 0.5 },
  ]
  for (const alter of wrong) assert.throws(() => encodeBinding({ ...one, ...alter }), { code: 'field_malformed' })
})
