import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientError } from '@perf-aggregator/client'
import type { Round } from '../../../src/attest/fetch/round.ts'
import { stay } from '../../../src/attest/fetch/stay.ts'
import { UsageError } from '../../../src/settings/usage-error.ts'

const HOUR = 3_600_000
const QUARTER = 900_000

/** FAKE: of a round only what decides when the next one comes. */
function fakeRound(accepted: boolean, outcome: 'saved' | 'failed' = 'saved'): Round {
  return { files: [{ outcome }], judged: { verdict: { accepted } } } as unknown as Round
}

class Enough extends Error {}

/** What it slept and the exit code after each round, until the rounds are used up; and what it ended with. */
async function run(rounds: readonly (Round | Error)[], every = HOUR) {
  const left = [...rounds]
  const [slept, codes]: [number[], number[]] = [[], []]
  const end = await stay(
    async () => {
      const next = left.shift() ?? new Enough()
      if (next instanceof Error) throw next
      return next
    },
    {
      every,
      sleep: async (milliseconds) => void slept.push(milliseconds),
      show: ({ judged }) => (judged.verdict.accepted ? 0 : 10),
      complain: (error) => (error instanceof UsageError ? 2 : 1),
      code: (code) => void codes.push(code),
    },
  ).catch((error: unknown) => error)
  return { slept, codes, end }
}

const whole = fakeRound(true)
const network = new ClientError('network', 'gone')
const disk = new UsageError('crl.der cannot be written: ENOSPC')

test('a local error of a later round is told, and the next round comes sooner', async () => {
  const { slept, codes, end } = await run([whole, disk, whole])
  assert.deepEqual(
    [slept, codes],
    [
      [HOUR, QUARTER, HOUR],
      [0, 2, 0],
    ],
  )
  assert.ok(end instanceof Enough)
})

test('a local error of the first round ends it', async () => {
  const { slept, end } = await run([disk, whole])
  assert.deepEqual([slept, end], [[], disk])
})

test('an enclave that is not there is waited for, from the first round on', async () => {
  const { slept, codes } = await run([network, whole, network])
  assert.deepEqual(
    [slept, codes],
    [
      [QUARTER, HOUR, QUARTER],
      [1, 0, 1],
    ],
  )
})

test('the exit code is that of the last round, and no earlier one stays', async () => {
  const { slept, codes } = await run([fakeRound(false), whole, fakeRound(true, 'failed')])
  assert.deepEqual(
    [slept, codes],
    [
      [QUARTER, HOUR, QUARTER],
      [10, 0, 0],
    ],
  )
})

test('who asks often is not made to wait longer where something failed', async () => {
  assert.deepEqual((await run([fakeRound(false)], 1000)).slept, [1000])
})
