import assert from 'node:assert/strict'
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { context } from '../../src/sealing/context.ts'
import { createDataKey, openDataKey } from '../../src/sealing/data-key.ts'
import type { UnsealReason } from '../../src/sealing/seal.ts'
import { open, SEAL_OVERHEAD, seal, UnsealError } from '../../src/sealing/seal.ts'
import { random } from '../random.ts'

const key = createSecretKey(randomBytes(32))
const other = createSecretKey(randomBytes(32))
const plaintext = Buffer.from('what must stay sealed')
const bound = context('test', 'tenant', 7)

function refusal(reason: UnsealReason): (error: unknown) => boolean {
  return (error) => error instanceof UnsealError && error.code === 'unseal_failed' && error.reason === reason
}

test('what was sealed opens, whatever its bytes and context', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 60 }), (bytes, aad) => {
      const sealed = seal(key, bytes, aad, random)
      assert.equal(sealed.length, bytes.length + SEAL_OVERHEAD)
      assert.deepEqual(new Uint8Array(open(key, sealed, aad)), bytes)
    }),
  )
})

test('each way of altering a sealed value is refused with its own reason', () => {
  const sealed = seal(key, plaintext, bound, random)
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(sealed)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  assert.throws(() => open(key, sealed.subarray(0, SEAL_OVERHEAD - 1), bound), refusal('truncated'))
  assert.throws(() => open(key, flipped(0), bound), refusal('unknown_version'))
  assert.throws(() => open(key, flipped(1), bound), refusal('wrong_key'), 'id')
  assert.throws(() => open(key, flipped(33), bound), refusal('wrong_key'), 'commitment')
  assert.throws(() => open(other, sealed, bound), refusal('wrong_key'))
  assert.throws(() => open(key, flipped(65), bound), refusal('altered'), 'ciphertext')
  assert.throws(() => open(key, flipped(sealed.length - 1), bound), refusal('altered'), 'tag')
  assert.throws(() => open(key, sealed.subarray(0, sealed.length - 1), bound), refusal('altered'))
  assert.throws(() => open(key, sealed, context('test', 'tenant', 8)), refusal('altered'))
})

test('no single altered bit anywhere opens', () => {
  const sealed = seal(key, plaintext, bound, random)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const copy = Buffer.from(sealed)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => open(key, copy, bound), UnsealError)
  }
})

test('the format is the documented one: an independent derivation finds the commitment', () => {
  const raw = randomBytes(32)
  const sealed = seal(createSecretKey(raw), plaintext, bound, random)
  // RFC 5869 by hand: extract with salt = id, then one block of expand (64 bytes is one SHA-512 block).
  const prk = createHmac('sha512', sealed.subarray(1, 33)).update(raw).digest()
  const okm = createHmac('sha512', prk).update('perf-aggregator/seal/v1').update(Buffer.of(1)).digest()
  assert.deepEqual(sealed.subarray(33, 65), okm.subarray(32))
})

test('an opened value lies outside the buffer pool, alone in its memory', () => {
  const opened = open(key, seal(key, plaintext, bound, random), bound)
  assert.equal(opened.buffer.byteLength, opened.length)
})

test('two contexts are never the same bytes', () => {
  assert.notDeepEqual(context('a', 'bc'), context('ab', 'c'))
  assert.notDeepEqual(context('a', 'b', ''), context('a', 'b'))
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.string(), { minLength: 1 }), (a, b) => {
      const same = a.length === b.length && a.every((part, index) => part === b[index])
      const [a0 = '', ...as] = a
      const [b0 = '', ...bs] = b
      assert.equal(context(a0, ...as).equals(context(b0, ...bs)), same)
    }),
  )
})

test('a data key opens again only under its branch and in its context', () => {
  const made = createDataKey(key, bound, random)
  const sealed = seal(made.key, plaintext, bound, random)
  assert.deepEqual(open(openDataKey(key, made.wrapped, bound), sealed, bound), plaintext)
  assert.throws(() => openDataKey(other, made.wrapped, bound), refusal('wrong_key'))
  assert.throws(() => openDataKey(key, made.wrapped, context('test', 'tenant', 8)), refusal('altered'))
})
