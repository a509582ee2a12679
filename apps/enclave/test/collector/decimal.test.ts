import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareDecimals, multiplyDecimals, subtractDecimals } from '@perf-aggregator/performance'
import fc from 'fast-check'
import { divideDecimals, isNegative, isZero, magnitude, readDecimal } from '../../src/collector/decimal.ts'
import { parseLosslessJson } from '../../src/collector/lossless-json.ts'
import { refusal } from '../refusal.ts'

/** Whole and fraction of up to 30 digits each, leading and trailing zeros included. */
const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }).map((list) => list.join(''))
const decimals = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.option(digits, { nil: null }))
  .map(([sign, whole, fraction]) => sign + whole + (fraction === null ? '' : `.${fraction}`))

test('every decimal survives character for character, written as text or as a JSON number', () => {
  fc.assert(
    fc.property(decimals, (text) => {
      assert.equal(readDecimal(text), text)
      assert.deepEqual(parseLosslessJson(JSON.stringify({ a: text })), { a: text })
      // As a JSON number, where the grammar allows it: no leading zeros.
      fc.pre(/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text))
      assert.deepEqual(parseLosslessJson(`{"a":[${text}]}`), { a: [text] })
    }),
  )
})

test('exponents are written out exactly', () => {
  for (const [text, wanted] of [
    ['8.957e-5', '0.00008957'],
    ['1E3', '1000'],
    ['-1.50e+1', '-15.0'],
    ['12345e-2', '123.45'],
    ['1.23e0', '1.23'],
    ['0e-3', '0.000'],
  ] as const) {
    assert.equal(readDecimal(text), wanted)
  }
})

test('what is no decimal is refused', () => {
  for (const text of [
    '',
    '-',
    '.5',
    '5.',
    '+1',
    '1,5',
    ' 1',
    '1 ',
    'NaN',
    'Infinity',
    '0x10',
    '1e',
    '1e400',
    '--1',
    '1.2.3',
    '٣',
    '9'.repeat(65),
    '1e60e',
  ]) {
    assert.equal(readDecimal(text), null, text)
  }
  assert.equal(readDecimal('1e99'), null, 'longer than the ledger reads')
})

test('signs', () => {
  assert.deepEqual(
    ['0', '-0', '0.00', '-0.0', '1', '-1', '-0.001'].map((text) => [isZero(text), isNegative(text), magnitude(text)]),
    [
      [true, false, '0'],
      [true, false, '0'],
      [true, false, '0.00'],
      [true, false, '0.0'],
      [false, false, '1'],
      [false, true, '1'],
      [false, true, '0.001'],
    ],
  )
})

test('division rounds half to even at the last place', () => {
  assert.equal(divideDecimals('1', '3', 4), '0.3333')
  assert.equal(divideDecimals('2', '3', 4), '0.6667')
  assert.equal(divideDecimals('0.5', '1', 0), '0')
  assert.equal(divideDecimals('1.5', '1', 0), '2')
  assert.equal(divideDecimals('2.5', '1', 0), '2')
  assert.equal(divideDecimals('-1', '3', 2), '-0.33')
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      (left, right) => {
        const quotient = divideDecimals(String(left), String(right), 10)
        const error = magnitude(subtractDecimals(multiplyDecimals(quotient, String(right)), String(left)))
        // |q·b − a| ≤ b/2 · 10⁻¹⁰
        assert.ok(compareDecimals(multiplyDecimals(error, '20000000000'), String(right)) <= 0)
      },
    ),
  )
})

test('numbers are kept digit for digit, at any depth; other values as they are', () => {
  const text = '{"id":1234567890123456789,"list":[0.10,1e-7,-0],"text":"1.50","yes":true,"none":null}'
  assert.deepEqual(parseLosslessJson(text), {
    id: '1234567890123456789',
    list: ['0.10', '1e-7', '-0'],
    text: '1.50',
    yes: true,
    none: null,
  })
})

test('what is no JSON is refused', () => {
  for (const text of ['', '<html>', '{"a":1', '{"a":NaN}', '{a:1}']) {
    assert.throws(() => parseLosslessJson(text), refusal('venue_answer_invalid'))
  }
})
