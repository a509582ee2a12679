import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson, canonicalJsonBytes, EncodingError } from '../../src/bytes/index.ts'

test('the example of RFC 8785 section 3.2.2', () => {
  const value: unknown = JSON.parse(
    String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],` +
      String.raw`"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
  )
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys are sorted by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']
  const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
  assert.equal(text, `{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`)
})

test('negative zero is zero', () => assert.equal(canonicalJson([-0]), '[0]'))

test('the text means the value, and its bytes are UTF-8', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = canonicalJson(value)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.equal(canonicalJson(JSON.parse(text)), text)
      assert.deepEqual(canonicalJsonBytes(value), new Uint8Array(Buffer.from(text)))
    }),
  )
})

class Point {
  readonly x = 1
}

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['a member that is undefined', { a: undefined }],
  ['a hole', Array.from({ length: 2 }).fill(0, 1)],
  ['NaN', [Number.NaN]],
  ['an infinity', { a: Number.NEGATIVE_INFINITY }],
  ['a BigInt', 1n],
  ['a function', { a: () => 1 }],
  ['a symbol', [Symbol('a')]],
  ['a key that is a symbol', { [Symbol('a')]: 1 }],
  ['a date', new Date(0)],
  ['a map', new Map()],
  ['bytes', new Uint8Array(2)],
  ['an instance of a class', new Point()],
]

for (const [what, value] of REFUSED) {
  test(`${what} is refused, not dropped`, () => {
    assert.throws(
      () => canonicalJson(value),
      (error) => error instanceof EncodingError && error.code === 'invalid_json_value',
    )
  })
}

for (const value of ['\ud800', ['a\udc00'], { '\ud800': 1 }]) {
  test(`the lone surrogate in ${JSON.stringify(value)} is refused`, () => {
    assert.throws(
      () => canonicalJson(value),
      (error) => error instanceof EncodingError && error.code === 'invalid_utf8',
    )
  })
}

test('nesting that would exhaust the stack is refused, a cycle included', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  assert.throws(() => canonicalJson(cycle), { code: 'invalid_json_value' })
})
