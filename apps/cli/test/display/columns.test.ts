import assert from 'node:assert/strict'
import { test } from 'node:test'
import { styleText } from 'node:util'
import fc from 'fast-check'
import { cut, pad, shortenDigests, widthOf, wrap } from '../../src/display/columns.ts'

const red = (text: string): string => styleText('red', text, { validateStream: false })

test('colours take no columns', () => {
  assert.equal(widthOf(red('four')), 4)
  assert.equal(widthOf(pad(red('four'), 6, 'right')), 6)
})

test('cut text says that it was cut, and loses its colour with its end', () => {
  assert.equal(cut('binance', 7), 'binance')
  assert.equal(cut('binance', 6), 'binan…')
  assert.equal(cut(red('binance'), 6), 'binan…')
})

const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 20 })

test('wrapping keeps every word in order, and no line is wider than the room unless one word is', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 40 }), (list, room) => {
      const lines = wrap(list.join(' '), room)
      assert.deepEqual(lines.join(' ').split(' '), list)
      for (const line of lines) assert.ok(line.length <= room || !line.includes(' '), line)
    }),
  )
})

const HEX = '7d2c19e6b4c4e36c310a58956c2ea4512a1bf530c1a99e17b91a1ff6258bdcb3'
const KEY = 'u1UwR50-HmaY_Wii7MBFzMrg4ytFDoJpSQpkFgwsbYg'

for (const [name, text, shown] of [
  ['a digest', HEX, '7d2c19e6b4c4…'],
  ['a digest that was shortened before', `${HEX.slice(0, 32)}…`, '7d2c19e6b4c4…'],
  [
    'a key within a sentence',
    `by the bound key ${KEY}, found another`,
    'by the bound key u1UwR50-HmaY…, found another',
  ],
  ['two keys', `${KEY}, ${KEY}`, 'u1UwR50-HmaY…, u1UwR50-HmaY…'],
  ['a short key id', 'by log key 628994b5', 'by log key 628994b5'],
  ['the name of a log', 'localhost/perf-aggregator', 'localhost/perf-aggregator'],
] as const) {
  test(`shortening ${name}`, () => {
    assert.equal(shortenDigests(text), shown)
  })
}
