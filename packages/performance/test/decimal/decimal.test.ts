import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atScale, divideHalfEven, prorate } from '../../src/decimal/arithmetic.ts'
import { formatDecimal, formatFraction, formatRatio } from '../../src/decimal/format.ts'
import { parseDecimal } from '../../src/decimal/parse.ts'
import {
  addDecimals,
  canonicalDecimal,
  compareDecimals,
  multiplyDecimals,
  subtractDecimals,
} from '../../src/decimal/text.ts'
import { PerformanceError, type PerformanceErrorCode } from '../../src/index.ts'
import { fc, holds } from '../property.ts'

const scaled = fc.record({
  coefficient: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 24 }),
})

test('every text of the form -?digits[.digits] is read exactly', () => {
  const rows: readonly (readonly [string, bigint, number])[] = [
    ['0', 0n, 0],
    ['-0', 0n, 0],
    ['1', 1n, 0],
    ['-1.50', -150n, 2],
    ['0.00000001', 1n, 8],
    ['007.5', 75n, 1],
    ['999999999999999', 999999999999999n, 0],
    ['9999999999999999', 9999999999999999n, 0],
    ['-0.1234567890123456789', -1234567890123456789n, 19],
    ['88589.93567506199998036', 8858993567506199998036n, 17],
  ]
  for (const [text, coefficient, scale] of rows) assert.deepEqual(parseDecimal(text), { coefficient, scale }, text)
})

test('every other text is refused', () => {
  const malformed = [
    '',
    '-',
    '.',
    '1.',
    '.5',
    '+1',
    '1e3',
    '1,5',
    ' 1',
    '1 ',
    '1..2',
    '1.2.3',
    '--1',
    '0x1',
    '１',
    'NaN',
  ]
  for (const text of malformed) assert.throws(() => parseDecimal(text), refused('decimal_malformed'), text)
  assert.throws(() => parseDecimal('1'.repeat(65)), refused('decimal_too_long'))
})

test('no text is read other than as its own value, or refused', () => {
  holds(fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', '+', 'e', ' '), maxLength: 24 }), (text) => {
    if (/^-?\d+(\.\d+)?$/.test(text)) assert.equal(Number(canonicalDecimal(text)), Number(text) + 0)
    else assert.throws(() => parseDecimal(text), PerformanceError)
  })
})

test('parse(format(x)) is x, and the canonical text is one', () => {
  holds(scaled, (value) => {
    const text = formatDecimal(value)
    const scale = Math.max(24, value.scale)
    assert.equal(atScale(parseDecimal(text), scale), atScale(value, scale))
    assert.equal(canonicalDecimal(text), text)
    assert.match(text, /^(0|-?(?!0(?!\.)|-)\d+(\.\d*[1-9])?)$/)
  })
})

test('a quotient goes to the nearest integer, a tie to the even one', () => {
  const rows: readonly (readonly [bigint, bigint, bigint])[] = [
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [-2n, 3n, -1n],
    [1n, 2n, 0n],
    [3n, 2n, 2n],
    [6n, 3n, 2n],
  ]
  for (const [numerator, denominator, quotient] of rows) {
    assert.equal(divideHalfEven(numerator, denominator), quotient, `${numerator}/${denominator}`)
  }
})

test('slices cut by what is left sum to the whole, each within one unit of its share', () => {
  const parts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 })
  holds(fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), parts), ([whole, quantities]) => {
    let left = quantities.reduce((sum, quantity) => sum + quantity, 0n)
    let rest = whole
    let total = 0n
    for (const quantity of quantities) {
      const slice = prorate(rest, quantity, left)
      total += slice
      rest -= slice
      left -= quantity
    }
    assert.equal(total, whole)
    assert.equal(rest, 0n)
  })
})

test('text arithmetic is exact', () => {
  assert.equal(addDecimals('0.1', '0.2'), '0.3')
  assert.equal(addDecimals(), '0')
  assert.equal(subtractDecimals('1', '0.999999999999999999'), '0.000000000000000001')
  assert.equal(multiplyDecimals('0.1234567890123456789', '10'), '1.234567890123456789')
  assert.equal(compareDecimals('1.10', '1.1'), 0)
  assert.equal(compareDecimals('-2', '1'), -1)
  assert.equal(compareDecimals('10', '9.99'), 1)
})

test('a ratio has ten places, rounded to the nearest, without a negative zero', () => {
  assert.equal(formatRatio(1 / 3), '0.3333333333')
  assert.equal(formatRatio(-1e-12), '0.0000000000')
  assert.equal(formatRatio(-2.5), '-2.5000000000')
  assert.equal(formatRatio(1e24), '999999999999999983222784.0000000000')
  assert.equal(formatFraction(-15n * 10n ** 16n), '-0.1500000000')
  assert.equal(formatFraction(50_000_000n), '0.0000000000')
  assert.equal(formatFraction(150_000_000n), '0.0000000002')
})

function refused(code: PerformanceErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof PerformanceError && error.code === code
}
