import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeUtf8 } from '../../src/bytes/index.ts'
import { readJson } from '../../src/json/read.ts'

const malformed = { name: 'AttestationError', code: 'json_malformed' }

test('whatever JSON.stringify writes is read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, space) => {
      const text = JSON.stringify(value, null, space)
      assert.deepEqual(readJson(encodeUtf8(text)), JSON.parse(text))
    }),
  )
})

test('quotes, braces and colons inside of strings are no structure', () => {
  const text = ' { "a" : {"b": [1, "}"], "ü":"\\"" } ,"c":[ ],"d\\u0041":-1e3 , "e":"x,y:{\\\\" } '
  assert.deepEqual(readJson(encodeUtf8(text)), JSON.parse(text))
})

const REFUSED = {
  'a member that stands twice': '{"a":1,"b":2,"a":1}',
  'a member that stands twice, spelt otherwise': '{"a":1,"\\u0061":1}',
  'a member that stands twice, deep inside': '[{"x":[{"a":1,"a":2}]}]',
  'an empty document': '',
  'a document cut short': '{"a":1',
  'two documents': '{}{}',
  'a byte order mark': '\uFEFF{}',
  'too deep': '['.repeat(33) + ']'.repeat(33),
  'deeper than the stack': '['.repeat(100_000),
}

for (const [what, text] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => assert.throws(() => readJson(encodeUtf8(text)), malformed))
}

test('refused: not UTF-8, and too long', () => {
  assert.throws(() => readJson(Uint8Array.of(0x22, 0xff, 0x22)), malformed)
  assert.throws(() => readJson(encodeUtf8('"aaa"'), 4), malformed)
  assert.deepEqual(readJson(encodeUtf8('"aa"'), 4), 'aa')
})
