import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeHex, EncodingError, encodeHex } from '../../src/bytes/index.ts'

test('hexadecimal goes out lower-case and comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(encodeHex(bytes), Buffer.from(bytes).toString('hex'))
      assert.deepEqual(decodeHex(encodeHex(bytes)), bytes)
    }),
  )
})

for (const text of ['0', '0g', 'AB', '0x', ' 0', '00 ', '٠٠', 'aé']) {
  test(`${JSON.stringify(text)} is no hexadecimal of ours`, () => {
    assert.throws(
      () => decodeHex(text),
      (error) => error instanceof EncodingError && error.code === 'invalid_hex',
    )
  })
}
