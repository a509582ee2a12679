import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AmountError, amount, fixed, floorTo, over, plain, roundTo, times } from '../src/amount/amount.ts'

test('reads and prints exactly', () => {
  assert.equal(plain(amount('0.000000000000000001')), '0.000000000000000001')
  assert.equal(fixed(amount('1.5'), 8), '1.50000000')
  assert.equal(fixed(amount('-0.05'), 2), '-0.05')
  assert.equal(fixed(amount('12'), 0), '12')
  assert.equal(plain(amount('100')), '100')
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (value) => amount(plain(value)) === value))
})

test('refuses what is not a plain decimal, and to lose a digit', () => {
  for (const text of ['', '1e5', '+1', '.5', '1.', ' 1', '0.0000000000000000001'])
    assert.throws(() => amount(text), AmountError)
  assert.throws(() => fixed(amount('1.005'), 2), AmountError)
  assert.throws(() => times(amount('0.000000001'), amount('0.0000000001')), AmountError)
})

test('multiplies, divides and rounds as named', () => {
  assert.equal(plain(times(amount('0.00141342'), amount('23'))), '0.03250866')
  assert.equal(plain(over(amount('1'), amount('3'), 4)), '0.3333')
  assert.equal(plain(roundTo(amount('1.00005'), 4)), '1.0001')
  assert.equal(plain(roundTo(amount('-1.00005'), 4)), '-1.0001')
  assert.equal(plain(floorTo(amount('-1.00009'), 4)), '-1')
})
