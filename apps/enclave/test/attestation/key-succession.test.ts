import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeySuccession } from '../../src/attestation/key-succession.ts'
import type { CollectorKeys } from '../../src/ports/collector.ts'
import { random } from '../random.ts'

const keys = (): CollectorKeys => ({ hpkeX25519: random.bytes(32), hpkeXWing: random.bytes(1_216) })

/** A succession whose epochs are written down when, and as, the test says. */
function setting() {
  const writes: PromiseWithResolvers<number>[] = []
  const uses: (readonly [CollectorKeys | null, number])[] = []
  const failures: unknown[] = []
  const succession = new KeySuccession({
    begin: async () => {
      const write = Promise.withResolvers<number>()
      writes.push(write)
      return await write.promise
    },
    use: (used, epoch) => uses.push([used, epoch]),
    failed: (error) => failures.push(error),
  })
  const settle = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))
  return { succession, writes, uses, failures, settle }
}

test('keys are used once they are written down, and not after their collector is gone', async () => {
  const { succession, writes, uses, settle } = setting()
  const [first, second] = [keys(), keys()]
  const started = succession.start(first)
  assert.deepEqual(uses, [])
  writes[0]?.resolve(1)
  await started
  succession.lost()
  succession.back(second)
  assert.deepEqual(uses, [
    [first, 1],
    [null, 0],
  ])
  writes[1]?.resolve(2)
  await settle()
  assert.deepEqual(uses.at(-1), [second, 2])
})

test('a slow write for keys that were replaced meanwhile changes nothing', async () => {
  const { succession, writes, uses, settle } = setting()
  const [older, newer] = [keys(), keys()]
  succession.back(older)
  succession.lost()
  succession.back(newer)
  writes[1]?.resolve(3)
  await settle()
  writes[0]?.resolve(2)
  await settle()
  assert.deepEqual(uses.at(-1), [newer, 3])
})

test('a write that fails is tried again; the first one is the caller’s to hear of', async () => {
  const { succession, writes, uses, failures } = setting()
  const gone = new Error('the database is gone')
  const started = succession.start(keys())
  writes[0]?.reject(gone)
  await assert.rejects(started, gone)
  const second = keys()
  succession.back(second)
  writes[1]?.reject(gone)
  for (let waited = 0; writes.length < 3; waited += 50) {
    assert.ok(waited < 5_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  writes[2]?.resolve(7)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(failures, [gone])
  assert.deepEqual(uses, [[second, 7]])
})
