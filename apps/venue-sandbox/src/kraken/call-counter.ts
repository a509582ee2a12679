import { refusal } from './authentication.ts'

/** Starter tier: at most 15, falling by a third of a point every second; history calls cost two. */
const MOST = 15
const DECAY_PER_SECOND = 0.33

/** The call counter of one key. */
export class CallCounter {
  readonly #scale: number
  readonly #counts = new Map<string, { count: number; at: number }>()

  constructor(scale: number) {
    this.#scale = scale
  }

  spend(apiKey: string, cost: number, now: number): void {
    const before = this.#counts.get(apiKey) ?? { count: 0, at: now }
    const decayed = Math.max(0, before.count - (Math.max(0, now - before.at) / 1000) * DECAY_PER_SECOND * this.#scale)
    const count = decayed + cost
    if (count > MOST * this.#scale) {
      this.#counts.set(apiKey, { count: decayed, at: now })
      throw refusal('EAPI:Rate limit exceeded')
    }
    this.#counts.set(apiKey, { count, at: now })
  }
}
