import assert from 'node:assert/strict'
import { test } from 'node:test'
import { styleText } from 'node:util'
import fc from 'fast-check'
import { widthOf } from '../../src/display/columns.ts'
import { type Column, grid, pairs, table } from '../../src/display/table.ts'

const COLUMNS: readonly Column[] = [{ title: 'market' }, { title: 'venue' }, { title: 'fills', align: 'right' }]

test('columns are as wide as their widest cell, numbers to the right', () => {
  const rows = [
    ['BTC/USDT', 'binance', '1,200'],
    ['ETH/BTC', 'kraken', '7'],
  ]
  assert.deepEqual(table(COLUMNS, rows, 100), [
    'market    venue    fills',
    '────────  ───────  ─────',
    'BTC/USDT  binance  1,200',
    'ETH/BTC   kraken       7',
  ])
})

test('colour does not move a column', () => {
  const green = styleText('green', '7', { validateStream: false })
  const [, , coloured = '', plain = ''] = table(
    COLUMNS,
    [
      ['A', 'b', green],
      ['A', 'b', '7'],
    ],
    100,
  )
  assert.equal(widthOf(coloured), widthOf(plain))
})

test('where there is no room text is cut, and numbers never are', () => {
  const lines = table(COLUMNS, [['A-VERY-LONG-MARKET-NAME', 'binance', '1,234,567']], 32)
  assert.deepEqual(lines.map(widthOf), [32, 32, 32])
  assert.match(lines[2] ?? '', /^A-VERY-\S+…\s+binance\s+1,234,567$/)
})

test('no table is wider than its room as long as its numbers fit', () => {
  const cell = fc.stringMatching(/^[A-Z]{1,30}$/)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, fc.nat().map(String))),
      fc.integer({ min: 30, max: 120 }),
      (rows, room) => {
        for (const line of table(COLUMNS, rows, room)) assert.ok(widthOf(line) <= room, line)
      },
    ),
  )
})

test('the last cell of a grid is wrapped below its own beginning', () => {
  const rows = [
    ['pass', 'format', 'short'],
    ['FAIL', 'inclusion', 'expected one thing, found another'],
  ]
  assert.deepEqual(grid(rows, 36), [
    'pass  format     short',
    'FAIL  inclusion  expected one thing,',
    '                 found another',
  ])
})

test('where a grid leaves its text no room, that stands below', () => {
  const rows = [
    ['pass', 'intel_tcb_info_signature', 'one'],
    ['FAIL', 'inclusion', 'expected one thing, found another'],
  ]
  assert.deepEqual(grid(rows, 40), [
    'pass  intel_tcb_info_signature  one',
    'FAIL  inclusion',
    '    expected one thing, found another',
  ])
})

test('an empty grid has no lines', () => {
  assert.deepEqual(grid([], 80), [])
})

test('names of pairs are aligned', () => {
  assert.deepEqual(
    pairs(
      [
        ['until', 'tomorrow'],
        ['account', 'x'],
      ],
      80,
    ),
    ['until    tomorrow', 'account  x'],
  )
})
