/** The envelope against published vectors: X-Wing, HPKE with X-Wing, and Wycheproof for the primitives under it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeHpkePrimitives } from '../../../apps/enclave/src/collector/hpke/primitives.ts'
import { x25519Key, xWingKey } from '../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { webHpkePrimitives } from '../../client/src/crypto/hpke.ts'
import { agree } from '../src/envelope/kem.ts'
import { hkdfExpand, hkdfExtract, openBase, sealBase, xWingRecipient, xWingSender } from '../src/index.ts'
import { chaCha20Poly1305, fixedSender, hex, toHex } from '../test/envelope/fixtures.ts'

const CORPUS = process.env['CORPUS_DIR'] ?? join(import.meta.dirname, '../../../../shared/corpus')

const PLATFORMS = [
  ['OpenSSL', nodeHpkePrimitives],
  ['WebCrypto', webHpkePrimitives],
] as const

interface XWingVector {
  readonly seed: string
  readonly eseed: string
  readonly ss: string
  readonly sk: string
  readonly pk: string
  readonly ct: string
}

interface HpkeVector {
  readonly mode: number
  readonly kem_id: number
  readonly kdf_id: number
  readonly aead_id: number
  readonly info: string
  readonly ikmE: string
  readonly skRm: string
  readonly pkRm: string
  readonly enc: string
  readonly shared_secret: string
  readonly encryptions: readonly { readonly aad: string; readonly pt: string; readonly ct: string }[]
}

interface Wycheproof<Test> {
  readonly testGroups: readonly {
    readonly keySize?: number
    readonly ivSize?: number
    readonly tagSize?: number
    readonly tests: readonly (Test & {
      readonly tcId: number
      readonly result: 'valid' | 'invalid' | 'acceptable'
      readonly flags: readonly string[]
    })[]
  }[]
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(join(CORPUS, 'vectors', path), 'utf8')) as unknown
}

/** The draft's 64 bytes of randomness: 32 for ML-KEM, then the ephemeral X25519 scalar. */
const sender = (primitives: typeof nodeHpkePrimitives, eseed: Uint8Array) =>
  xWingSender(fixedSender(primitives, { mlKem: eseed.subarray(0, 32), x25519: eseed.subarray(32) }))

for (const [platform, primitives] of PLATFORMS) {
  void test(`X-Wing: the draft's vectors, both ways, on ${platform}`, async () => {
    const vectors = read('xwing/test-vectors.json') as readonly XWingVector[]
    assert.equal(vectors.length, 3)
    for (const vector of vectors) {
      const key = xWingKey(hex(vector.sk))
      assert.equal(toHex(key.publicKey), vector.pk)
      const { encapsulated, sharedSecret } = await sender(primitives, hex(vector.eseed)).encapsulate(hex(vector.pk))
      assert.equal(toHex(encapsulated), vector.ct)
      assert.equal(toHex(sharedSecret), vector.ss)
      assert.equal(toHex(await xWingRecipient(primitives, key).decapsulate(hex(vector.ct))), vector.ss)
    }
  })

  void test(`HPKE with X-Wing: shared secrets of every vector, messages of the one with HKDF-SHA256, on ${platform}`, async () => {
    const vectors = (read('hpke/hpke-pq-test-vectors.json') as readonly HpkeVector[]).filter(
      (one) => one.kem_id === 0x647a,
    )
    assert.equal(vectors.length, 2)
    let messages = 0
    for (const vector of vectors) {
      const recipient = xWingRecipient(primitives, xWingKey(hex(vector.skRm)))
      const kem = sender(primitives, hex(vector.ikmE))
      const { encapsulated, sharedSecret } = await kem.encapsulate(hex(vector.pkRm))
      assert.equal(toHex(encapsulated), vector.enc)
      assert.equal(toHex(sharedSecret), vector.shared_secret)
      if (vector.kdf_id !== 1) continue
      assert.equal(vector.aead_id, chaCha20Poly1305.id)
      const [first] = vector.encryptions
      assert.ok(first)
      const message = { info: hex(vector.info), aad: hex(first.aad), plaintext: hex(first.pt) }
      const made = await sealBase(primitives, kem, chaCha20Poly1305, hex(vector.pkRm), message)
      assert.equal(toHex(made.sealed), first.ct)
      const sealed = hex(first.ct)
      const opened = await openBase(primitives, recipient, chaCha20Poly1305, hex(vector.enc), { ...message, sealed })
      assert.equal(toHex(opened), first.pt)
      messages++
    }
    assert.equal(messages, 1)
  })

  void test(`Wycheproof AES-256-GCM on ${platform}`, async () => {
    const file = read('wycheproof/aes_gcm_test.json') as Wycheproof<
      Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>
    >
    const { aes256Gcm } = primitives
    let run = 0
    for (const group of file.testGroups) {
      if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) continue
      for (const { tcId, result, ...one } of group.tests) {
        const [key, iv, aad, plaintext, sealed] = [one.key, one.iv, one.aad, one.msg, one.ct + one.tag].map(hex)
        assert.ok(key && iv && aad && plaintext && sealed)
        const opening = Promise.resolve().then(() => aes256Gcm.open(key, iv, aad, sealed))
        if (result === 'valid') {
          assert.equal(toHex(await opening), one.msg, `test ${tcId}`)
          assert.equal(toHex(await aes256Gcm.seal(key, iv, aad, plaintext)), one.ct + one.tag, `test ${tcId}`)
        } else await assert.rejects(opening, `test ${tcId}`)
        run++
      }
    }
    assert.ok(run > 50, `only ${run} vectors`)
  })

  void test(`Wycheproof HKDF-SHA256 on ${platform}`, async () => {
    const file = read('wycheproof/hkdf_sha256_test.json') as Wycheproof<
      Record<'ikm' | 'salt' | 'info' | 'okm', string> & { size: number }
    >
    for (const { tcId, result, ikm, salt, info, okm, size } of file.testGroups.flatMap(({ tests }) => tests)) {
      const expanding = hkdfExtract(primitives, hex(salt), hex(ikm)).then((prk) =>
        hkdfExpand(primitives, prk, hex(info), size),
      )
      if (result === 'valid') assert.equal(toHex(await expanding), okm, `test ${tcId}`)
      else await assert.rejects(expanding, RangeError, `test ${tcId}`)
    }
  })
}

void test('Wycheproof X25519: right where there is an agreement, refused where there is none', async () => {
  const file = read('wycheproof/x25519_test.json') as Wycheproof<Record<'public' | 'private' | 'shared', string>>
  let refused = 0
  for (const { tcId, ...one } of file.testGroups.flatMap(({ tests }) => tests)) {
    const agreeing = agree(x25519Key(hex(one.private)), hex(one.public))
    if (/^(00)*$/.test(one.shared)) {
      await assert.rejects(agreeing, { code: 'envelope_key' }, `test ${tcId}`)
      refused++
    } else assert.equal(toHex(await agreeing), one.shared, `test ${tcId}`)
  }
  assert.ok(refused > 0)
})
