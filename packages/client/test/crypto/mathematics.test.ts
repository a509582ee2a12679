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
