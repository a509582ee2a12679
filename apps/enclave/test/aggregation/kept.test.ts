import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kept } from '../../src/aggregation/kept.ts'

const A = 'aa'.repeat(32)
const B = 'bb'.repeat(32)

test('what was not asked for longest goes first, once the limit is passed', () => {
  const kept = new Kept<number>(3)
  for (const [index, name] of ['one', 'two', 'three'].entries()) kept.keep(kept.right(), name, [A], index)
  assert.equal(kept.get('one'), 0)
  kept.keep(kept.right(), 'four', [A], 3)
  assert.deepEqual(
    ['one', 'two', 'three', 'four'].map((name) => kept.get(name)),
    [0, undefined, 2, 3],
  )
})

test('entries count by their weight, also when one replaces another', () => {
  const kept = new Kept<string>(10)
  kept.keep(kept.right(), 'a', [A], 'small', 4)
  kept.keep(kept.right(), 'b', [B], 'other', 6)
  kept.keep(kept.right(), 'a', [A], 'smaller', 3)
  assert.equal(kept.get('b'), 'other')
  kept.keep(kept.right(), 'a', [A], 'larger', 5)
  assert.deepEqual([kept.get('a'), kept.get('b')], ['larger', undefined])
})

test('what is heavier than the limit is not kept, nor what it was before, and drives nothing else out', () => {
  const kept = new Kept<string>(10)
  kept.keep(kept.right(), 'a', [A], 'fits', 4)
  kept.keep(kept.right(), 'b', [B], 'fits', 5)
  kept.keep(kept.right(), 'a', [A], 'too heavy', 11)
  assert.deepEqual([kept.get('a'), kept.get('b')], [undefined, 'fits'])
})

test('a session is forgotten with everything it was part of, and nothing else', () => {
  const kept = new Kept<number>(10)
  kept.keep(kept.right(), 'a', [A], 1, 5)
  kept.keep(kept.right(), 'both', [A, B], 2, 3)
  kept.keep(kept.right(), 'b', [B], 3, 2)
  kept.forget(A)
  assert.deepEqual([kept.get('a'), kept.get('both'), kept.get('b')], [undefined, undefined, 3])
  kept.keep(kept.right(), 'after', [B], 4, 8)
  assert.deepEqual([kept.get('b'), kept.get('after')], [3, 4])
  kept.forgetAll()
  kept.keep(kept.right(), 'whole', [A], 5, 10)
  assert.deepEqual([kept.get('after'), kept.get('whole')], [undefined, 5])
})

test('what was read before something was forgotten is not kept after', () => {
  for (const forget of [(kept: Kept<number>) => kept.forget(A), (kept: Kept<number>) => kept.forgetAll()]) {
    const kept = new Kept<number>(10)
    const right = kept.right()
    forget(kept)
    kept.keep(right, 'a', [A], 1)
    assert.equal(kept.get('a'), undefined)
    kept.keep(kept.right(), 'a', [A], 1)
    assert.equal(kept.get('a'), 1)
  }
})
