import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chart } from '../../src/display/chart.ts'

const dots = (line: string): string => line.slice(line.indexOf('┤') + 1)

test('one day makes no curve', () => {
  assert.deepEqual(chart([], 20, 4), [])
  assert.deepEqual(chart([1], 20, 4), [])
})

test('a rise begins in the lowest row and ends in the highest, between its labelled extremes', () => {
  const lines = chart([1000, 1500, 2000.5], 10, 3)
  assert.equal(lines.length, 3)
  assert.match(lines[0] ?? '', /^2,000\.5 ┤/)
  assert.match(lines[2] ?? '', /^ {2}1,000 ┤/)
  assert.notEqual(dots(lines[2] ?? '').charAt(0), '\u2800')
  assert.equal(dots(lines[0] ?? '').charAt(0), '\u2800')
  assert.notEqual(dots(lines[0] ?? '').at(-1), '\u2800')
  assert.equal(dots(lines[2] ?? '').at(-1), '\u2800')
})

test('a value that never moves is a line, not a failure', () => {
  assert.equal(dots(chart([5, 5, 5], 6, 2)[1] ?? ''), '⣀'.repeat(6))
})

test('every line of every curve is as wide as the first', () => {
  const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 500 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 80 }), fc.integer({ min: 2, max: 12 }), (list, width, height) => {
      const lines = chart(list, width, height)
      assert.equal(lines.length, height)
      assert.equal(new Set(lines.map((line) => line.length)).size, 1)
      assert.ok(lines.every((line) => dots(line).length === width))
      // A curve has a dot in every column.
      for (let x = 0; x < width; x += 1) assert.ok(lines.some((line) => dots(line).charAt(x) !== '\u2800'))
    }),
  )
})
