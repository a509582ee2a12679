/**
 * How fast a venue may be asked: a leaky bucket per scope (the enclave's address, or one key), and a stop when the venue
 * said so. Owner of the buckets. Costs are milliseconds of the venue's allowance.
 */
import { EnclaveError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'

export type Sleep = (milliseconds: number) => Promise<void>

/** Longest wait inside a call; beyond it the caller is told when to come back. */
const LONGEST_WAIT = 30_000
/** Scopes are keys, and keys come and go: beyond this many, idle ones are forgotten. */
const MOST_SCOPES = 1_000

export class Pace {
  readonly #clock: Clock
  readonly #sleep: Sleep
  readonly #burst: number
  readonly #speed: number
  /** When the bucket of a scope will be empty again. */
  readonly #emptyAt = new Map<string, number>()
  readonly #stoppedUntil = new Map<string, number>()

  /** `burst`: milliseconds of allowance that may be used at once; `speed`: by how much the venue is faster than its rules. */
  constructor(clock: Clock, sleep: Sleep, burst: number, speed = 1) {
    this.#clock = clock
    this.#sleep = sleep
    this.#burst = burst
    this.#speed = speed
  }

  /** Resolves when `cost` may be spent. Rejects `venue_unavailable` with `retryAfterSeconds` when that is far off. */
  async take(scope: string, cost: number): Promise<void> {
    const now = this.#clock.now()
    const emptyAt = Math.max(this.#emptyAt.get(scope) ?? 0, now)
    const wait = Math.max(0, emptyAt - now - this.#burst, (this.#stoppedUntil.get(scope) ?? 0) - now)
    if (wait > LONGEST_WAIT) throw comeBack(wait)
    this.#emptyAt.set(scope, emptyAt + cost / this.#speed)
    if (this.#emptyAt.size > MOST_SCOPES) this.#forgetIdle(now)
    if (wait > 0) await this.#sleep(wait)
  }

  /** Nothing more in this scope for so long. */
  stop(scope: string, milliseconds: number): void {
    const until = this.#clock.now() + milliseconds
    this.#stoppedUntil.set(scope, Math.max(this.#stoppedUntil.get(scope) ?? 0, until))
  }

  /** A bucket that is empty again, or a stop that is over, is as good as none. */
  #forgetIdle(now: number): void {
    for (const times of [this.#emptyAt, this.#stoppedUntil]) {
      for (const [scope, until] of times) if (until <= now) times.delete(scope)
    }
  }
}

export function comeBack(milliseconds: number): EnclaveError {
  return new EnclaveError('venue_unavailable', 'the venue asked for a pause', {
    retryAfterSeconds: Math.ceil(milliseconds / 1000),
  })
}
