import assert from 'node:assert/strict'
import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import type { SignatureScheme } from '@perf-aggregator/attestation'
import { signWith, type VendorKeyKind, vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { mathematics as byNode } from '../../src/crypto/mathematics.node.ts'
import { mathematics as byWeb } from '../../src/crypto/mathematics.web.ts'

const message = Buffer.from('what a vendor signs')

const SCHEMES = {
  'ecdsa-p256-sha256': 'p256',
  'ecdsa-p384-sha384': 'p384',
  'rsa-pss-sha384': 'rsa2048',
  'rsa-pkcs1-sha256': 'rsa2048',
} as const satisfies Record<Exclude<SignatureScheme, 'ed25519'>, VendorKeyKind>

/** The point with a byte behind it, compressed, and hybrid: forms that some libraries take. */
function otherPoints(point: Uint8Array): readonly Uint8Array[] {
  const isOdd = (point.at(-1) ?? 0) & 1
  const x = point.subarray(1, 1 + (point.length - 1) / 2)
  return [
    Buffer.concat([point, Buffer.of(0)]),
    Buffer.concat([Buffer.of(2 + isOdd), x]),
    Buffer.concat([Buffer.of(6 + isOdd), point.subarray(1)]),
  ]
}

/** With the lengths right for it. */
function compressedSpki(spki: Uint8Array, point: Uint8Array): Uint8Array {
  const [, compressed = new Uint8Array(0)] = otherPoints(point)
  const made = Buffer.from(Buffer.concat([spki.subarray(0, spki.length - point.length), compressed]))
  const saved = point.length - compressed.length
  made[1] = (made[1] ?? 0) - saved
  const bitString = made.length - compressed.length - 2
  made[bitString] = (made[bitString] ?? 0) - saved
  return made
}

for (const [implementation, mathematics] of [
  ['OpenSSL', byNode],
  ['WebCrypto', byWeb],
] as const) {
  test(`${implementation}: the three hash functions are those of OpenSSL`, async () => {
    for (const algorithm of ['sha256', 'sha384', 'sha512'] as const) {
      const expected = createHash(algorithm).update(message).digest()
      assert.deepEqual(Buffer.from(await mathematics.digest(algorithm, message)), expected)
    }
  })

  for (const [scheme, kind] of Object.entries(SCHEMES) as [keyof typeof SCHEMES, VendorKeyKind][]) {
    const key = vendorKey(kind, 'mathematics')
    const spki = { form: 'spki', bytes: key.spki } as const

    test(`${implementation}: ${scheme}: what OpenSSL signs verifies, again and again, and nothing else does`, async () => {
      const signature = signWith(key, scheme, message)
      for (let times = 0; times < 3; times++)
        assert.ok(await mathematics.verifySignature(scheme, spki, message, signature))
      const altered = Uint8Array.from(signature)
      altered[10]! ^= 1
      const other = { form: 'spki', bytes: vendorKey(kind, 'somebody else').spki } as const
      const brokenKey = { form: 'spki', bytes: key.spki.subarray(1) } as const
      const refused = await Promise.all([
        mathematics.verifySignature(scheme, spki, message, altered),
        mathematics.verifySignature(scheme, spki, message, signature.subarray(1)),
        mathematics.verifySignature(scheme, spki, message, new Uint8Array(0)),
        mathematics.verifySignature(scheme, spki, message.subarray(1), signature),
        mathematics.verifySignature(scheme, other, message, signature),
        mathematics.verifySignature(scheme, brokenKey, message, signature),
        mathematics.verifySignature(scheme, { form: 'raw', bytes: new Uint8Array(65).fill(4) }, message, signature),
      ])
      assert.deepEqual(
        refused,
        Array.from(refused, () => false),
      )
    })

    if (scheme.startsWith('ecdsa')) {
      test(`${implementation}: ${scheme}: a raw point is a key too, a DER signature is none`, async () => {
        const raw = { form: 'raw', bytes: key.publicBits } as const
        assert.ok(await mathematics.verifySignature(scheme, raw, message, signWith(key, scheme, message)))
        assert.equal(
          await mathematics.verifySignature(scheme, raw, message, signWith(key, scheme, message, 'der')),
          false,
        )
        const offCurve = key.publicBits.slice()
        offCurve[40]! ^= 1
        const signature = signWith(key, scheme, message)
        assert.equal(
          await mathematics.verifySignature(scheme, { form: 'raw', bytes: offCurve }, message, signature),
          false,
        )
      })
    }
  }

  test(`${implementation}: rsa-pss-sha384: a salt of another length is another scheme`, async () => {
    const key = vendorKey('rsa2048', 'mathematics')
    const spki = { form: 'spki', bytes: key.spki } as const
    for (const [saltLength, verifies] of [
      [48, true],
      [32, false],
      [0, false],
    ] as const) {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      const signature = sign('sha384', message, { key: key.privateKey, padding, saltLength })
      assert.equal(await mathematics.verifySignature('rsa-pss-sha384', spki, message, signature), verifies)
    }
  })

  test(`${implementation}: ed25519: raw keys only`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const signature = sign(null, message, privateKey)
    const raw = new Uint8Array(publicKey.export({ format: 'raw-public' }))
    const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
    assert.ok(await mathematics.verifySignature('ed25519', { form: 'raw', bytes: raw }, message, signature))
    assert.equal(await mathematics.verifySignature('ed25519', { form: 'spki', bytes: spki }, message, signature), false)
  })

  test(`${implementation}: a key has one form, with nothing behind it`, async () => {
    for (const [scheme, kind] of [
      ['ecdsa-p256-sha256', 'p256'],
      ['ecdsa-p384-sha384', 'p384'],
    ] as const) {
      const key = vendorKey(kind, 'mathematics')
      const signature = signWith(key, scheme, message)
      const points = otherPoints(key.publicBits)
      const prefix = key.spki.subarray(0, key.spki.length - key.publicBits.length)
      const wrong = [
        ...points.map((bytes) => ({ form: 'raw', bytes }) as const),
        ...points.map((bytes) => ({ form: 'spki', bytes: Buffer.concat([prefix, bytes]) }) as const),
        { form: 'spki', bytes: Buffer.concat([key.spki, Buffer.of(0)]) } as const,
        { form: 'spki', bytes: compressedSpki(key.spki, key.publicBits) } as const,
      ]
      for (const [at, one] of wrong.entries()) {
        assert.equal(await mathematics.verifySignature(scheme, one, message, signature), false, `${scheme} ${at}`)
      }
    }
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.concat([publicKey.export({ format: 'raw-public' }), Buffer.of(0)])
    const signature = sign(null, message, privateKey)
    assert.equal(await mathematics.verifySignature('ed25519', { form: 'raw', bytes: raw }, message, signature), false)
  })

  test(`${implementation}: an RSA key of 1,024 bits is none`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const spki = { form: 'spki', bytes: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })) } as const
    const signature = sign('sha256', message, privateKey)
    assert.equal(await mathematics.verifySignature('rsa-pkcs1-sha256', spki, message, signature), false)
  })

  test(`${implementation}: more keys than are remembered are still keys`, async () => {
    for (let index = 0; index < 70; index++) {
      const key = vendorKey('p256', `mathematics ${index % 66}`)
      const signature = signWith(key, 'ecdsa-p256-sha256', message)
      const spki = { form: 'spki', bytes: key.spki } as const
      assert.ok(await mathematics.verifySignature('ecdsa-p256-sha256', spki, message, signature))
    }
  })
}

test('the condition "node" selects OpenSSL', async () => {
  const selected = await import('#mathematics')
  assert.equal(selected.mathematics, byNode)
})
