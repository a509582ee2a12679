import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pace } from '../../src/collector/pace.ts'
import { TestClock } from '../clock.ts'
import { refusal } from '../refusal.ts'

function pace(burst: number, speed = 1) {
  const clock = new TestClock(0)
  const sleep = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds)
    await Promise.resolve()
  }
  return { clock, pace: new Pace(clock, sleep, burst, speed) }
}

test('never more than the burst ahead of the allowance', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 2000 }),
      async (costs, burst) => {
        const { clock, pace: limit } = pace(burst)
        let spent = 0
        for (const cost of costs) {
          await limit.take('a', cost)
          assert.ok(spent <= clock.now() + burst, 'what was spent before is covered by time and burst')
          spent += cost
        }
        assert.ok(clock.now() <= spent, 'and no slower than the allowance')
      },
    ),
  )
})

test('scopes do not slow each other', async () => {
  const { clock, pace: limit } = pace(0)
  await limit.take('a', 1_000)
  await limit.take('b', 1_000)
  assert.equal(clock.now(), 0)
  await limit.take('a', 1_000)
  assert.equal(clock.now(), 1_000)
})

test('a faster venue is asked faster', async () => {
  const { clock, pace: limit } = pace(0, 10)
  for (let call = 0; call < 11; call += 1) await limit.take('a', 100)
  assert.equal(clock.now(), 100)
})

test('a stop holds everybody in its scope; a long one is handed on', async () => {
  const { clock, pace: limit } = pace(10_000)
  limit.stop('a', 5_000)
  limit.stop('a', 2_000)
  await limit.take('b', 1)
  assert.equal(clock.now(), 0)
  await limit.take('a', 1)
  assert.equal(clock.now(), 5_000)
  limit.stop('a', 120_500)
  await assert.rejects(limit.take('a', 1), (error: Error & { retryAfterSeconds?: number }) => {
    assert.equal(error.retryAfterSeconds, 121)
    return refusal('venue_unavailable')(error)
  })
})

test('scopes that come and go change nothing for those that stay', async () => {
  const { clock, pace: limit } = pace(0)
  await limit.take('stays', 500)
  for (let index = 0; index < 3_000; index += 1) await limit.take(`key-${index}`, 1)
  await limit.take('stays', 1)
  assert.equal(clock.now(), 500)
})
