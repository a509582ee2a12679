import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EncodingError } from '../../src/bytes/errors.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/bytes/utf8.ts'

const refused = (error: unknown) => error instanceof EncodingError && error.code === 'invalid_utf8'

test('text goes out and comes back as the platform has it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = encodeUtf8(text)
      assert.deepEqual(bytes, new Uint8Array(Buffer.from(text, 'utf8')))
      assert.equal(decodeUtf8(bytes), text)
    }),
  )
})

test('bytes are accepted exactly where the platform, strict, accepts them', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
      const bytes = Uint8Array.from(list)
      let expected: string | undefined
      try {
        expected = strict.decode(bytes)
      } catch {
        assert.throws(() => decodeUtf8(bytes), refused)
        return
      }
      assert.equal(decodeUtf8(bytes), expected)
    }),
    { numRuns: 5000 },
  )
})

for (const text of ['\ud800', '\udc00', 'a\ud800b', '\udc00\ud800'])
  test(`a lone surrogate is refused: ${JSON.stringify(text)}`, () => assert.throws(() => encodeUtf8(text), refused))
