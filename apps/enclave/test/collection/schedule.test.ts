import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextPollIn } from '../../src/collection/schedule.ts'
import { EMPTY_STATE } from '../../src/collection/state.ts'

const pace = { fastest: 5_000 }
const MINUTE = 60_000
const now = 1_700_000_000_000

for (const [quietFor, expected] of [
  [0, 5_000],
  [4 * MINUTE, 5_000],
  [5 * MINUTE, 15_000],
  [59 * MINUTE, 15_000],
  [60 * MINUTE, 60_000],
  [24 * 60 * MINUTE, 300_000],
] as const) {
  test(`an account quiet for ${quietFor / MINUTE} minutes is looked at again in ${expected / 1000} s`, () => {
    assert.equal(nextPollIn({ ...EMPTY_STATE, lastNewAt: now - quietFor }, now, pace), expected)
  })
}

test('an account without any event is asleep', () => {
  assert.equal(nextPollIn(EMPTY_STATE, now, pace), 300_000)
})

test('every failure waits longer, up to five minutes, and never shorter than the venue asked', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 40].map((failures) => nextPollIn({ ...EMPTY_STATE, failures }, now, pace))
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
  assert.equal(nextPollIn({ ...EMPTY_STATE, failures: 1 }, now, pace, 120_000), 120_000)
})

test('the wait is always positive and bounded', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(), (failures, quiet) => {
      const wait = nextPollIn({ ...EMPTY_STATE, failures, lastNewAt: now - quiet }, now, pace)
      return wait >= pace.fastest && wait <= 5 * MINUTE
    }),
  )
})
