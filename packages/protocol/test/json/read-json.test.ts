import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ProtocolError, readJson } from '../../src/index.ts'

test('reads whatever JSON.stringify writes, as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      assert.deepEqual(readJson(text), JSON.parse(text))
    }),
  )
})

test('refuses a name that occurs twice in one object, however it is spelt', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"\"":1,"\u0022":2}`,
    '{"x":{"a":1,"a":2}}',
    '[{"a":[],"a":{}}]',
    '{"a" :1,\n"a"\t:2}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ]) {
    assert.throws(() => readJson(text), refusal('json_duplicate_member'), text)
  }
})

test('a name may occur in different objects, and as a value', () => {
  for (const text of [
    '{"a":{"a":{"a":"a"}},"b":["a","a",{"a":"a"},{"a":1}]}',
    String.raw`{"a":"\\","b":"\"","c":"\\\"","a\\":1}`,
    '{"a":"b:","b":":"}',
  ]) {
    assert.deepEqual(readJson(text), JSON.parse(text))
  }
})

test('a repeated name is found anywhere', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), fc.nat(), (object, pick) => {
      const names = Object.keys(object)
      const name = names[pick % names.length] ?? ''
      const text = `{${JSON.stringify(name)}:0,${JSON.stringify(object).slice(1)}`
      assert.throws(() => readJson(text), refusal('json_duplicate_member'))
    }),
  )
})

test('bounds the nesting', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  assert.doesNotThrow(() => readJson(nested(32)))
  assert.throws(() => readJson(nested(33)), refusal('json_too_deep'))
  assert.throws(() => readJson(nested(200_000)), refusal('json_too_deep'))
  assert.throws(() => readJson('{"a":{"b":1}}', 1), refusal('json_too_deep'))
})

test('what is not JSON is refused without an echo of it', () => {
  for (const text of ['', '{', '{"a":1,}', "{'a':1}", '{"a":1}x', 'NaN', '\u{feff}{}', '{"secret": oops}']) {
    assert.throws(
      () => readJson(text),
      (error) => {
        assert.ok(error instanceof ProtocolError)
        assert.equal(error.code, 'json_malformed')
        assert.equal(error.cause, undefined)
        return !error.message.includes('secret')
      },
    )
  }
})

test('no text makes it throw anything but a refusal', () => {
  const alphabet = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u', '0', 'a', '1', ' ', '\n')
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 24 }), (characters) => {
      try {
        readJson(characters.join(''))
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    }),
    { numRuns: 2000 },
  )
})

function refusal(code: string) {
  return (error: unknown): boolean => error instanceof ProtocolError && error.code === code
}
