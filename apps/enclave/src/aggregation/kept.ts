/** What is kept in memory about sessions to answer faster, and is gone when one of them ends. */

interface Entry<T> {
  readonly value: T
  readonly sessions: readonly string[]
  readonly weight: number
}

/** Given before a read begins; void as soon as anything is forgotten, so that no read brings back what was. */
export type KeepingRight = symbol

/** Owner of the entries. Together they weigh at most `limit`; the ones not asked for longest go first. */
export class Kept<T> {
  readonly #limit: number
  readonly #entries = new Map<string, Entry<T>>()
  #weight = 0
  #right: KeepingRight = Symbol('keeping')

  constructor(limit: number) {
    this.#limit = limit
  }

  get(name: string): T | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    return entry.value
  }

  right(): KeepingRight {
    return this.#right
  }

  /** Keeps `value`, known from `sessions`, unless something was forgotten since `right` was given or it is too heavy. */
  keep(right: KeepingRight, name: string, sessions: readonly string[], value: T, weight = 1): void {
    if (right !== this.#right) return
    this.drop(name)
    if (weight > this.#limit) return
    this.#entries.set(name, { value, sessions, weight })
    this.#weight += weight
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#limit) break
      this.drop(oldest)
    }
  }

  drop(name: string): void {
    this.#weight -= this.#entries.get(name)?.weight ?? 0
    this.#entries.delete(name)
  }

  /** Everything known from this session. */
  forget(sessionKey: string): void {
    this.#right = Symbol('keeping')
    for (const [name, { sessions }] of this.#entries) if (sessions.includes(sessionKey)) this.drop(name)
  }

  forgetAll(): void {
    this.#right = Symbol('keeping')
    this.#entries.clear()
    this.#weight = 0
  }
}
