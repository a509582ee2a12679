import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  concat,
  EncodingError,
  equalBytes,
  joinSecret,
  readU64,
  secretBytes,
  u16,
  u32,
  u64,
} from '../../src/bytes/index.ts'

const outOfRange = (error: unknown) => error instanceof EncodingError && error.code === 'integer_out_of_range'

test('integers are big-endian and exact', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(0xffff), fc.nat(0xffff_ffff), (long, short, middle) => {
      const expected = Buffer.alloc(14)
      expected.writeBigUInt64BE(BigInt(long))
      expected.writeUInt16BE(short, 8)
      expected.writeUInt32BE(middle, 10)
      const bytes = concat(u64(long), u16(short), u32(middle))
      assert.deepEqual(bytes, new Uint8Array(expected))
      assert.equal(readU64(bytes), long)
    }),
  )
})

test('an integer that does not fit exactly is refused', () => {
  for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const encode of [u16, u32, u64]) assert.throws(() => encode(value), outOfRange)
  }
  assert.throws(() => u16(0x1_0000), outOfRange)
  assert.throws(() => u32(0x1_0000_0000), outOfRange)
  assert.throws(() => u64(2 ** 53), outOfRange)
  assert.throws(() => readU64(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)), outOfRange)
  assert.throws(() => readU64(new Uint8Array(7)), outOfRange)
  assert.throws(() => readU64(new Uint8Array(8), 1), outOfRange)
  assert.equal(readU64(Uint8Array.of(9, 0, 0x1f, 255, 255, 255, 255, 255, 255), 1), Number.MAX_SAFE_INTEGER)
})

test('equality is of every byte and of the length', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  assert.equal(equalBytes(bytes, Uint8Array.of(1, 2, 3)), true)
  assert.equal(equalBytes(bytes, Uint8Array.of(1, 2)), false)
  for (let at = 0; at < 3; at++) {
    const other = bytes.slice()
    other[at]! ^= 0x80
    assert.equal(equalBytes(bytes, other), false)
  }
})

test('a secret gets memory of its own', () => {
  const secret = secretBytes(32)
  assert.equal(secret.buffer.byteLength, 32)
  const joined = joinSecret(Uint8Array.of(1, 2), Uint8Array.of(3))
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3))
  assert.equal(joined.buffer.byteLength, 3)
})
