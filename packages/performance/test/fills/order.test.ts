import assert from 'node:assert/strict'
import { test } from 'node:test'
import { distinct } from '../../src/fills/identity.ts'
import { compareEvents, compareIds } from '../../src/fills/order.ts'
import { readFill, readFlow } from '../../src/fills/read.ts'
import { type AccountEvent, type Fill, PerformanceError, type PerformanceErrorCode } from '../../src/index.ts'
import { event, startOf } from '../notation.ts'
import { fc, holds } from '../property.ts'

const fill = (id: string, at = startOf(1)): Fill => event('buy 1 ETH/USDT at 2000 fee 1 USDT', at, id) as Fill

test('ids are compared as the numbers they are, of any length; other texts follow', () => {
  assert.deepEqual(['10', '9', 'b', '123456789012345678901', 'a', '09'].sort(compareIds), [
    '09',
    '9',
    '10',
    '123456789012345678901',
    'a',
    'b',
  ])
})

test('fills of one instant keep the order of their venue', () => {
  const fills = ['1000', '999', '1001'].map((id) => fill(id))
  assert.deepEqual(
    [...fills].sort(compareEvents).map(({ tradeId }) => tradeId),
    ['999', '1000', '1001'],
  )
})

test('at one instant assets come in, are traded, and go out', () => {
  const at = startOf(1)
  const day = ['withdrawal 1 ETH', 'buy 1 ETH/USDT at 1', 'deposit 1 USDT'].map((line, index) =>
    event(line, at, String(index)),
  )
  assert.deepEqual(
    [...day].sort(compareEvents).map(({ kind }) => kind),
    ['flow', 'fill', 'flow'],
  )
  assert.equal(([...day].sort(compareEvents)[0] as AccountEvent & { kind: 'flow' }).flow, 'deposit')
})

test('at one instant a reversal follows the fill it undoes, whatever their ids', () => {
  const reversal = event('reverse buy 1 ETH/USDT at 2000', startOf(1), '1')
  assert.deepEqual([reversal, fill('2')].sort(compareEvents), [fill('2'), reversal])
})

test('the order is one and the same from any order of arrival', () => {
  const ids = fc.uniqueArray(
    fc.oneof(fc.integer({ min: 0, max: 50 }).map(String), fc.stringMatching(/^[a-c0-2]{1,3}$/)),
    {
      minLength: 2,
      maxLength: 12,
    },
  )
  const shuffled = ids.chain((list) => {
    const fills = list.map((id, index) => fill(id, startOf(1) + (index % 2)))
    return fc.tuple(fc.constant(fills), fc.shuffledSubarray(fills, { minLength: fills.length }))
  })
  holds(shuffled, ([fills, other]) => {
    assert.deepEqual([...fills].sort(compareEvents), [...other].sort(compareEvents))
  })
})

test('an event counts once, and its identity is account, product, market and id', () => {
  const original = fill('7')
  const others: AccountEvent[] = [
    { ...original, account: 'bob' },
    { ...original, market: 'ETH/USDC' },
    { ...original, tradeId: '8' },
    event('deposit 1 ETH', startOf(1), '7'),
    event('reward 1 ETH', startOf(1), '7'),
  ]
  const once = distinct([original, { ...original }, ...others, event('deposit 1 ETH', startOf(2), '7')])
  assert.deepEqual(once, { events: [original, ...others], duplicates: 2 })
})

test('a fill or flow that no venue can mean is refused', () => {
  const rows: readonly (readonly [Partial<Fill>, PerformanceErrorCode])[] = [
    [{ quantity: '0' }, 'amount_not_positive'],
    [{ quantity: '-1' }, 'amount_not_positive'],
    [{ price: '0' }, 'amount_not_positive'],
    [{ quoteQuantity: '-1' }, 'amount_not_positive'],
    [{ quantity: '1e3' }, 'decimal_malformed'],
    [{ fees: [{ asset: 'USDT', amount: '' }] }, 'decimal_malformed'],
    [{ at: 1.5 }, 'instant_invalid'],
    [{ at: -1 }, 'instant_invalid'],
    [{ at: Number.MAX_SAFE_INTEGER }, 'instant_invalid'],
  ]
  readFill(fill('1'))
  for (const [change, code] of rows) {
    assert.throws(
      () => readFill({ ...fill('1'), ...change }),
      (error) => error instanceof PerformanceError && error.code === code,
    )
  }
  const flow = event('deposit 1 ETH', startOf(1), '1') as AccountEvent & { kind: 'flow' }
  readFlow(flow)
  assert.throws(
    () => readFlow({ ...flow, amount: '0' }),
    (error) => error instanceof PerformanceError && error.code === 'amount_not_positive',
  )
})
