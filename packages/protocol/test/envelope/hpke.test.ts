import assert from 'node:assert/strict'
import {
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { test } from 'node:test'
import { nodeHpkePrimitives } from '../../../../apps/enclave/src/collector/hpke/primitives.ts'
import { x25519Key, xWingKey } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'
import { webHpkePrimitives } from '../../../client/src/crypto/hpke.ts'
import { keySchedule } from '../../src/envelope/hpke.ts'
import {
  dhkemX25519Recipient,
  dhkemX25519Sender,
  encodeUtf8,
  openBase,
  sealBase,
  type X25519Key,
  xWingRecipient,
  xWingSender,
} from '../../src/index.ts'
import { aes128Gcm, fixedSender, hex, toHex } from './fixtures.ts'

/** RFC 9180 appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, first message. */
const A_1_1 = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  skEm: hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736'),
  pkEm: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  skRm: hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  sharedSecret: 'fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc',
  key: '4531685d41d65f03dc48f6b8302c05b0',
  nonce: '56d890e5accaaf011cff4b7d',
  aad: hex('436f756e742d30'),
  plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
  sealed: 'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
}

const PLATFORMS = [
  ['OpenSSL', nodeHpkePrimitives],
  ['WebCrypto', webHpkePrimitives],
] as const

for (const [platform, primitives] of PLATFORMS) {
  test(`RFC 9180 A.1.1 byte for byte on ${platform}`, async () => {
    const recipient = x25519Key(A_1_1.skRm)
    const sender = dhkemX25519Sender(fixedSender(primitives, { x25519: A_1_1.skEm }))
    assert.equal(toHex(recipient.publicKey), A_1_1.pkRm)

    const { sharedSecret, encapsulated } = await sender.encapsulate(recipient.publicKey)
    assert.equal(toHex(encapsulated), A_1_1.pkEm)
    assert.equal(toHex(sharedSecret), A_1_1.sharedSecret)

    const { key, nonce } = await keySchedule(primitives, sender.id, aes128Gcm, sharedSecret, A_1_1.info)
    assert.equal(toHex(key), A_1_1.key)
    assert.equal(toHex(nonce), A_1_1.nonce)
    assert.equal(toHex(sharedSecret), '00'.repeat(32), 'the shared secret is wiped')

    const { sealed } = await sealBase(primitives, sender, aes128Gcm, recipient.publicKey, A_1_1)
    assert.equal(toHex(sealed), A_1_1.sealed)
    const opened = await openBase(primitives, dhkemX25519Recipient(primitives, recipient), aes128Gcm, hex(A_1_1.pkEm), {
      ...A_1_1,
      sealed,
    })
    assert.deepEqual(new Uint8Array(opened), A_1_1.plaintext)
  })
}

test('AES-256-GCM opens with an HPKE written out by hand from the RFC', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const recipient = publicKey.export({ format: 'raw-public' })
  const message = { info: encodeUtf8('info'), aad: encodeUtf8('aad'), plaintext: encodeUtf8('the plaintext') }
  const { encapsulated, sealed } = await sealBase(
    webHpkePrimitives,
    dhkemX25519Sender(webHpkePrimitives),
    webHpkePrimitives.aes256Gcm,
    recipient,
    message,
  )

  const hmac = (key: Uint8Array, ...parts: (Uint8Array | string)[]): Buffer => {
    const mac = createHmac('sha256', key)
    for (const part of parts) mac.update(part)
    return mac.digest()
  }
  const none = Buffer.alloc(0)
  const kemSuite = Buffer.from('4b454d0020', 'hex')
  const suite = Buffer.from('48504b45002000010002', 'hex')
  const theirs = createPublicKey({ key: Buffer.from(encapsulated), format: 'raw-public', asymmetricKeyType: 'x25519' })
  const dh = diffieHellman({ privateKey, publicKey: theirs })
  const prk = hmac(none, 'HPKE-v1', kemSuite, 'eae_prk', dh)
  const shared = hmac(prk, '\x00\x20HPKE-v1', kemSuite, 'shared_secret', encapsulated, recipient, '\x01')
  const context = [
    '\x00',
    hmac(none, 'HPKE-v1', suite, 'psk_id_hash'),
    hmac(none, 'HPKE-v1', suite, 'info_hash', message.info),
  ]
  const secret = hmac(shared, 'HPKE-v1', suite, 'secret')
  const key = hmac(secret, '\x00\x20HPKE-v1', suite, 'key', ...context, '\x01')
  const nonce = hmac(secret, '\x00\x0cHPKE-v1', suite, 'base_nonce', ...context, '\x01').subarray(0, 12)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(message.aad)
  decipher.setAuthTag(sealed.subarray(-16))
  const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  assert.equal(opened.toString(), 'the plaintext')
})

const KEMS = [
  ['DHKEM(X25519)', dhkemX25519Sender, x25519(), 32],
  ['X-Wing', xWingSender, xWing(), 1120],
] as const

for (const [name, sender, { recipient, publicKey }, encapsulatedLength] of KEMS) {
  const aead = nodeHpkePrimitives.aes256Gcm
  const message = { info: encodeUtf8('i'), aad: encodeUtf8('a'), plaintext: encodeUtf8('p') }
  const open = async (encapsulated: Uint8Array, sealed: Uint8Array, { info, aad } = message): Promise<Uint8Array> =>
    openBase(nodeHpkePrimitives, recipient, aead, encapsulated, { info, aad, sealed })

  test(`${name}: what WebCrypto seals OpenSSL opens, and nothing altered does`, async () => {
    const { encapsulated, sealed } = await sealBase(
      webHpkePrimitives,
      sender(webHpkePrimitives),
      aead,
      publicKey,
      message,
    )
    assert.equal(encapsulated.length, encapsulatedLength)
    assert.deepEqual(new Uint8Array(await open(encapsulated, sealed)), message.plaintext)

    const failed = { name: 'ProtocolError', code: 'envelope_open' }
    for (const at of [0, sealed.length - 1]) await assert.rejects(open(encapsulated, flip(sealed, at)), failed)
    for (const at of [0, encapsulatedLength - 5]) await assert.rejects(open(flip(encapsulated, at), sealed), failed)
    await assert.rejects(open(encapsulated, sealed, { ...message, aad: encodeUtf8('b') }), failed)
    await assert.rejects(open(encapsulated, sealed, { ...message, info: encodeUtf8('j') }), failed)
    await assert.rejects(open(encapsulated, sealed.subarray(0, 16)), failed)
    await assert.rejects(open(encapsulated, sealed.subarray(0, 15)), failed)
    await assert.rejects(open(encapsulated, new Uint8Array(0)), failed)
  })

  test(`${name}: keys of another length or of low order are refused on both sides`, async () => {
    const refused = { name: 'ProtocolError', code: 'envelope_key' }
    const { encapsulated, sealed } = await sealBase(
      webHpkePrimitives,
      sender(webHpkePrimitives),
      aead,
      publicKey,
      message,
    )
    await assert.rejects(open(encapsulated.subarray(1), sealed), refused)
    await assert.rejects(open(new Uint8Array(encapsulatedLength + 1), sealed), refused)
    for (const point of LOW_ORDER) {
      const lowSent = encapsulated.slice()
      lowSent.set(point, lowSent.length - 32)
      await assert.rejects(open(lowSent, sealed), refused)
      const lowKey = publicKey.slice()
      lowKey.set(point, lowKey.length - 32)
      await assert.rejects(sender(webHpkePrimitives).encapsulate(lowKey), refused)
    }
    await assert.rejects(sender(webHpkePrimitives).encapsulate(publicKey.subarray(1)), refused)
  })
}

test('an all-zero agreement is refused even where the platform lets it pass', async () => {
  const careless = { publicKey: new Uint8Array(32), agree: () => new Uint8Array(32) }
  const recipient = dhkemX25519Recipient(nodeHpkePrimitives, careless)
  await assert.rejects(recipient.decapsulate(new Uint8Array(32).fill(9)), { code: 'envelope_key' })
})

test('a key of another length is refused even where the platform lets it pass', async () => {
  const careless = { publicKey: new Uint8Array(32), agree: () => new Uint8Array(32).fill(1) }
  const xWing = xWingRecipient(nodeHpkePrimitives, { x25519: careless, decapsulateMlKem768: () => new Uint8Array(32) })
  for (const recipient of [dhkemX25519Recipient(nodeHpkePrimitives, careless), xWing]) {
    await assert.rejects(recipient.decapsulate(new Uint8Array(33).fill(9)), { code: 'envelope_key' })
  }
  const sender = { ...webHpkePrimitives, generateX25519: () => careless }
  await assert.rejects(dhkemX25519Sender(sender).encapsulate(new Uint8Array(33)), { code: 'envelope_key' })
})

for (const suite of ['DHKEM(X25519)', 'X-Wing'] as const) {
  test(`${suite}: after opening, everything that held a secret on the way is wiped`, async () => {
    const secrets: Uint8Array[] = []
    const keep = (bytes: Uint8Array): Uint8Array => {
      secrets.push(bytes)
      return bytes
    }
    const published: Uint8Array[] = []
    const watched = {
      async hmacSha256(key: Uint8Array, message: Uint8Array) {
        const mac = new Uint8Array(await nodeHpkePrimitives.hmacSha256(key, message))
        // Hashes of public labels: nothing to protect.
        const isPublic = ['psk_id_hash', 'info_hash'].some((label) => Buffer.from(message).includes(label))
        if (isPublic) published.push(mac)
        else for (const bytes of [key, message, mac]) keep(bytes)
        return mac
      },
      sha3_256: async (message: Uint8Array) => keep(new Uint8Array(await nodeHpkePrimitives.sha3_256(keep(message)))),
      aes256Gcm: {
        ...nodeHpkePrimitives.aes256Gcm,
        open: async (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array) =>
          nodeHpkePrimitives.aes256Gcm.open(keep(key), keep(nonce), aad, sealed),
      },
    }
    const watch = (key: X25519Key): X25519Key => ({
      ...key,
      agree: async (peer) => keep(new Uint8Array(await key.agree(peer))),
    })
    const own = x25519Key(randomBytes(32))
    const ownXWing = xWingKey(randomBytes(32))
    const [sender, publicKey, recipient] =
      suite === 'X-Wing'
        ? [
            xWingSender(webHpkePrimitives),
            ownXWing.publicKey,
            xWingRecipient(watched, {
              x25519: watch(ownXWing.x25519),
              decapsulateMlKem768: async (ciphertext) =>
                keep(new Uint8Array(await ownXWing.decapsulateMlKem768(ciphertext))),
            }),
          ]
        : [dhkemX25519Sender(webHpkePrimitives), own.publicKey, dhkemX25519Recipient(watched, watch(own))]
    const message = { info: encodeUtf8('i'), aad: encodeUtf8('a'), plaintext: encodeUtf8('p') }
    const { encapsulated, sealed } = await sealBase(webHpkePrimitives, sender, watched.aes256Gcm, publicKey, message)
    const opened = await openBase(watched, recipient, watched.aes256Gcm, encapsulated, { ...message, sealed })
    assert.deepEqual(new Uint8Array(opened), message.plaintext)
    assert.equal(published.length, 2)
    assert.ok(secrets.length >= 12, `only ${secrets.length} seen`)
    for (const [index, bytes] of secrets.entries())
      assert.equal(toHex(bytes), '00'.repeat(bytes.length), `secret ${index}`)
  })
}

test('an ML-KEM key with a coefficient out of range is refused', async () => {
  const { publicKey } = xWing()
  const bad = publicKey.slice()
  bad.set([0xff, 0xff, 0xff], 0)
  await assert.rejects(xWingSender(webHpkePrimitives).encapsulate(bad), { code: 'envelope_key' })
})

/** Encodings of 0 and 1, and a point of order 8 (RFC 7748 curve25519). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
].map(hex)

function x25519() {
  const key = x25519Key(randomBytes(32))
  return { recipient: dhkemX25519Recipient(nodeHpkePrimitives, key), publicKey: key.publicKey }
}

function xWing() {
  const key = xWingKey(randomBytes(32))
  return { recipient: xWingRecipient(nodeHpkePrimitives, key), publicKey: key.publicKey }
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = bytes.slice()
  flipped[at] = (flipped[at] ?? 0) ^ 1
  return flipped
}
