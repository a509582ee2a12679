import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reconcile } from '../../src/completeness/reconcile.ts'
import { balances, events, startOf } from '../notation.ts'

const HISTORY = `deposit 1000 USDT
                 buy 1 ETH/USDT at 500 fee 0.001 ETH
                 sell 0.5 ETH/USDT at 600 fee 0.3 USDT
                 withdrawal 100 USDT fee 1 USDT
                 interest 0.01 ETH`

test('opening + fills − fees + flows = closing, per asset', () => {
  const { assets, residuals } = reconcile(
    events(HISTORY),
    balances('2 ETH', startOf(1)),
    balances('2.50900000 ETH, 698.70000000 USDT', startOf(2)),
  )
  assert.deepEqual(assets, [
    {
      asset: 'ETH',
      opening: '2',
      fills: '0.5',
      fees: '0.001',
      flows: '0.01',
      expected: '2.509',
      closing: '2.509',
      residual: '0',
      withinTolerance: true,
    },
    {
      asset: 'USDT',
      opening: '0',
      fills: '-200',
      fees: '1.3',
      flows: '900',
      expected: '698.7',
      closing: '698.7',
      residual: '0',
      withinTolerance: true,
    },
  ])
  assert.deepEqual(residuals, [])
})

test('what the history does not explain is the residual, and beyond tolerance', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['0.50900000 ETH, 698.70000000 USDT', '0', true],
    ['0.50900002 ETH, 698.70000000 USDT', '0.00000002', true],
    ['0.50900003 ETH, 698.70000000 USDT', '0.00000003', true],
    ['0.50900006 ETH, 698.70000000 USDT', '0.00000006', false],
    ['0.50899994 ETH, 698.70000000 USDT', '-0.00000006', false],
    ['1.50900000 ETH, 698.70000000 USDT', '1', false],
    ['698.70000000 USDT', '-0.509', false],
  ]
  for (const [closing, residual, within] of rows) {
    const { assets } = reconcile(events(HISTORY), undefined, balances(closing, startOf(2)))
    const row = assets.find(({ asset }) => asset === 'ETH')
    assert.deepEqual([row?.residual, row?.withinTolerance], [residual, within], closing)
  }
})

test('a balance written short is no excuse: a missing unit is never rounding', () => {
  const bought = events('buy 3 ETH/USDT at 1')
  for (const closing of ['2 ETH', '2.99 ETH', '2.9 ETH']) {
    const { assets } = reconcile(bought, undefined, balances(closing, startOf(2)))
    assert.equal(assets.find(({ asset }) => asset === 'ETH')?.withinTolerance, false, closing)
  }
})

test('a balance written without places is compared to eight of them', () => {
  const bought = events('buy 2.99998 ETH/USDT at 1')
  const { assets } = reconcile(bought, undefined, balances('3 ETH', startOf(2)))
  const eth = assets.find(({ asset }) => asset === 'ETH')
  assert.deepEqual([eth?.residual, eth?.withinTolerance], ['0.00002', false])
})

test('an asset the venue shows and no event explains is there', () => {
  const { assets } = reconcile([], undefined, balances('5 GEM', startOf(2)))
  assert.deepEqual(
    assets.map(({ asset, residual, withinTolerance }) => [asset, residual, withinTolerance]),
    [['GEM', '5', false]],
  )
})

test('a missing fill shows in both of its assets', () => {
  const all = events(HISTORY)
  const missing = all.filter((_, index) => index !== 2)
  const { assets } = reconcile(missing, undefined, balances('0.50900000 ETH, 698.70000000 USDT', startOf(2)))
  assert.deepEqual(
    assets.map(({ asset, residual }) => [asset, residual]),
    [
      ['ETH', '-0.5'],
      ['USDT', '299.7'],
    ],
  )
})
