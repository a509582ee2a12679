import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeUtf8, SUBMISSION_INFO, SUITES, sealBase, submissionAad } from '@perf-aggregator/protocol'
import { webHpkePrimitives } from '../../../../../packages/client/src/crypto/hpke.ts'
import { generateHpkeKeys, type HpkeKeys, openSubmission } from '../../../src/collector/hpke/keys.ts'
import { nodeHpkePrimitives } from '../../../src/collector/hpke/primitives.ts'
import type { SealedSubmission } from '../../../src/ports/collector.ts'
import type { Random } from '../../../src/ports/random.ts'
import { random } from '../../random.ts'

const PLAINTEXT = encodeUtf8('{"exchange":"binance","apiKey":"k","apiSecret":"s"}')
const metadata = { exchange: 'binance', label: 'main', ttl: 3600 }

async function sealed(
  keys: HpkeKeys,
  suite: SealedSubmission['suite'],
  info = SUBMISSION_INFO,
): Promise<SealedSubmission> {
  const nonce = webHpkePrimitives.randomBytes(12)
  const { encapsulated, sealed } = await sealBase(
    webHpkePrimitives,
    SUITES[suite].sender(webHpkePrimitives),
    webHpkePrimitives.aes256Gcm,
    SUITES[suite].recipient(keys),
    { info, aad: submissionAad(metadata, nonce), plaintext: PLAINTEXT },
  )
  return { suite, encapsulatedKey: encapsulated, nonce, sealed, metadata }
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const flipped = bytes.slice()
  flipped[bit >> 3]! ^= 1 << (bit & 7)
  return flipped
}

for (const suite of ['x25519', 'x-wing'] as const) {
  test(`${suite}: opens what was sealed to it, into memory of its own`, async () => {
    const keys = generateHpkeKeys(random)
    const opened = await openSubmission(keys, await sealed(keys, suite))
    assert.deepEqual(new Uint8Array(opened), PLAINTEXT)
    assert.equal(opened.buffer.byteLength, opened.length)
  })

  test(`${suite}: every field altered, one at a time, has its code`, async () => {
    const keys = generateHpkeKeys(random)
    const one = await sealed(keys, suite)
    const rejects = (alter: Partial<SealedSubmission>, code: string) =>
      assert.rejects(
        openSubmission(keys, { ...one, ...alter }),
        { name: 'EnclaveError', code },
        JSON.stringify(Object.keys(alter)),
      )

    for (let bit = 0; bit < one.sealed.length * 8; bit++)
      await rejects({ sealed: flip(one.sealed, bit) }, 'decryption_failed')
    for (let bit = 0; bit < one.nonce.length * 8; bit++)
      await rejects({ nonce: flip(one.nonce, bit) }, 'decryption_failed')
    for (let at = 0; at < one.encapsulatedKey.length; at++) {
      const encapsulatedKey = flip(one.encapsulatedKey, at * 8 + (at % 8))
      await rejects({ encapsulatedKey }, 'decryption_failed')
    }
    for (const alter of [{ exchange: 'kraken' }, { label: 'Main' }, { ttl: 3601 }]) {
      await rejects({ metadata: { ...metadata, ...alter } }, 'decryption_failed')
    }
    for (const length of [0, 15, 16, one.sealed.length - 1]) {
      await rejects({ sealed: one.sealed.subarray(0, length) }, 'decryption_failed')
    }
    await rejects({ encapsulatedKey: one.encapsulatedKey.subarray(1) }, 'invalid_key')
    await rejects({ encapsulatedKey: new Uint8Array(0) }, 'invalid_key')
    await rejects({ encapsulatedKey: new Uint8Array(one.encapsulatedKey.length + 1) }, 'invalid_key')
    await rejects({ encapsulatedKey: new Uint8Array(one.encapsulatedKey.length) }, 'invalid_key')
    await rejects({ suite: suite === 'x25519' ? 'x-wing' : 'x25519' }, 'invalid_key')
  })

  test(`${suite}: what was sealed to another enclave, or for another purpose, does not open`, async () => {
    const keys = generateHpkeKeys(random)
    const failed = { code: 'decryption_failed' }
    await assert.rejects(openSubmission(keys, await sealed(generateHpkeKeys(random), suite)), failed)
    await assert.rejects(openSubmission(keys, await sealed(keys, suite, encodeUtf8('another/v1'))), failed)
  })
}

test('keys are new each time, and their seeds are wiped', () => {
  const seeds: Uint8Array[] = []
  const watched: Random = {
    bytes(length) {
      const bytes = random.bytes(length)
      seeds.push(bytes)
      return bytes
    },
  }
  const [one, other] = [generateHpkeKeys(watched), generateHpkeKeys(watched)]
  assert.notDeepEqual(one.hpkeX25519, other.hpkeX25519)
  assert.notDeepEqual(one.hpkeXWing, other.hpkeXWing)
  assert.equal(one.hpkeX25519.length, 32)
  assert.equal(one.hpkeXWing.length, 1216)
  assert.equal(seeds.length, 4)
  for (const seed of seeds) assert.ok(seed.every((byte) => byte === 0))
})

test('a wrong tag, or less than a tag, gives nothing out', () => {
  const { aes256Gcm } = nodeHpkePrimitives
  const [key, nonce, none] = [random.bytes(32), random.bytes(12), new Uint8Array(0)]
  const box = aes256Gcm.seal(key, nonce, none, PLAINTEXT) as Uint8Array
  assert.throws(() => aes256Gcm.open(key, nonce, none, flip(box, box.length * 8 - 1)))
  assert.throws(() => aes256Gcm.open(key, nonce, none, box.subarray(0, 15)), RangeError)
})
