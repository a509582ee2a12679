import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '../../src/bytes/base64.ts'
import { EncodingError } from '../../src/bytes/errors.ts'

const refused = (error: unknown) => error instanceof EncodingError && error.code === 'invalid_base64'

test('both alphabets agree with the platform and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'))
      assert.equal(encodeBase64Url(bytes), Buffer.from(bytes).toString('base64url'))
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes)
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes)
    }),
  )
})

test('no second text for the same bytes is accepted', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.base64String({ maxLength: 16 }),
      ),
      (text) => {
        for (const [decode, encode] of [
          [decodeBase64, encodeBase64],
          [decodeBase64Url, encodeBase64Url],
        ] as const) {
          try {
            assert.equal(encode(decode(text)), text)
          } catch (error) {
            if (!refused(error)) throw error
          }
        }
      },
    ),
    { numRuns: 2000 },
  )
})

for (const text of [
  '=',
  '==',
  '====',
  'A',
  'AA',
  'AAA',
  'AAAAA',
  'AA=',
  'AA=A',
  'A===',
  'AA==\n',
  ' AA==',
  'AB==',
  'AAB=',
  'AA=\n',
  '-_==',
  'AA==AA==',
  'ÿA==',
  'AA\u0000=',
  'AAA\ud800',
  '\udc00AAA',
  'AA\ud83d\ude00',
  'AAA\u0141',
])
  test(`standard base64 refuses ${JSON.stringify(text)}`, () => assert.throws(() => decodeBase64(text), refused))

for (const text of ['A', 'AAAAA', 'AA==', 'AAA=', 'AB', 'AAB', '+/', 'AA ', '\nAA'])
  test(`base64url refuses ${JSON.stringify(text)}`, () => assert.throws(() => decodeBase64Url(text), refused))
