/** The child's own adapters of the ports: it is a process of its own and shares nothing with the enclave's. */
import { randomFillSync } from 'node:crypto'
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Sleep } from './pace.ts'
import { wipeable } from './wipeable.ts'

// oxlint-disable-next-line no-restricted-properties -- this is the Clock port's adapter
export const systemClock: Clock = { now: () => Date.now() }

export const systemRandom: Random = { bytes: (length) => randomFillSync(new Uint8Array(wipeable(length).buffer)) }

export const systemSleep: Sleep = async (milliseconds) => {
  await sleepFor(milliseconds)
}
