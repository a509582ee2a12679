import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Kysely } from 'kysely'
import type { RateLimiter } from '../../src/http/services.ts'
import { createRateLimiter } from '../../src/limits/rate-limiter.ts'
import type { Database } from '../../src/store/tables.ts'
import { TestClock } from '../clock.ts'
import { forEachDatabase } from '../database.ts'
import { faultyDatabase } from '../database-faults.ts'

const WINDOW = 900_000

function limiter(
  db: Kysely<Database>,
  clock: TestClock,
  max = 3,
  branch = createSecretKey(randomBytes(32)),
): RateLimiter {
  return createRateLimiter({ db, clock, branch, max, windowMilliseconds: WINDOW })
}

forEachDatabase((name, open) => {
  test(`so many in a window, then none until it is over (${name})`, async (t) => {
    const { db } = await open(t)
    const clock = new TestClock()
    const rate = limiter(db, clock)
    assert.deepEqual(await rate.take('192.0.2.7'), { allowed: true, remaining: 2, resetSeconds: 900, limit: 3 })
    clock.advance(1_500)
    assert.deepEqual(await rate.take('192.0.2.7'), { allowed: true, remaining: 1, resetSeconds: 899, limit: 3 })
    assert.deepEqual(await rate.take('192.0.2.7'), { allowed: true, remaining: 0, resetSeconds: 899, limit: 3 })
    for (let n = 0; n < 5; n++) {
      assert.deepEqual(await rate.take('192.0.2.7'), { allowed: false, remaining: 0, resetSeconds: 899, limit: 3 })
    }
    assert.equal((await rate.take('192.0.2.8')).allowed, true, 'another client')
    clock.advance(WINDOW - 1_501)
    assert.equal((await rate.take('192.0.2.7')).allowed, false, 'the last millisecond')
    clock.advance(1)
    assert.deepEqual(await rate.take('192.0.2.7'), { allowed: true, remaining: 2, resetSeconds: 900, limit: 3 })
  })

  test(`replicas share one count, also when they count at once (${name})`, async (t) => {
    const { db } = await open(t)
    const clock = new TestClock()
    const branch = createSecretKey(randomBytes(32))
    const replicas = Array.from({ length: 4 }, () => limiter(db, clock, 10, branch))
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => await (replicas[n % 4] ?? assert.fail()).take('192.0.2.7')),
    )
    assert.equal(answers.filter(({ allowed }) => allowed).length, 10)
  })

  test(`the database learns no address, and the flood of a refused client does not reach it (${name})`, async (t) => {
    const database = await open(t)
    const { db, faults } = faultyDatabase(t, database)
    const rate = limiter(db, new TestClock())
    for (let n = 0; n < 4; n++) await rate.take('192.0.2.7')
    const before = faults.statements
    for (let n = 0; n < 50; n++) assert.equal((await rate.take('192.0.2.7')).allowed, false)
    assert.equal(faults.statements, before)
    const rows = await database.db.selectFrom('rate_limits').selectAll().execute()
    assert.equal(rows.length, 1)
    assert.equal(rows[0]?.client.length, 32)
    assert.ok(!JSON.stringify(rows).includes('192.0.2.7'))
  })

  test(`without the database this process goes on counting by itself, and shares again afterwards (${name})`, async (t) => {
    const { db, faults } = faultyDatabase(t, await open(t))
    const clock = new TestClock()
    const rate = limiter(db, clock)
    assert.equal((await rate.take('192.0.2.7')).remaining, 2)
    faults.arm(1, 'failed', true)
    assert.equal((await rate.take('192.0.2.7')).remaining, 1)
    assert.equal((await rate.take('192.0.2.7')).remaining, 0)
    assert.equal((await rate.take('192.0.2.7')).allowed, false)
    assert.equal((await rate.take('192.0.2.8')).remaining, 2)
    faults.arm(0, 'failed')
    assert.equal((await rate.take('192.0.2.7')).allowed, false)
    clock.advance(WINDOW)
    assert.equal((await rate.take('192.0.2.7')).remaining, 2)
  })
})
