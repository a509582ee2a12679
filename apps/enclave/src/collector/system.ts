/** The child's own adapters of the ports: it is a process of its own and shares nothing with the enclave's. */
import { randomFillSync } from 'node:crypto'
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Sleep } from './pace.ts'

// oxlint-disable-next-line no-restricted-properties -- this is the Clock port's adapter
export const systemClock: Clock = { now: () => Date.now() }

/** Each buffer has memory of its own, so that wiping it wipes the only copy. */
export const systemRandom: Random = { bytes: (length) => randomFillSync(new Uint8Array(length)) }

export const systemSleep: Sleep = async (milliseconds) => {
  await sleepFor(milliseconds)
}
