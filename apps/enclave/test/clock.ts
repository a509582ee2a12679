import type { Clock } from '../src/ports/clock.ts'

/** A clock that stands still until the test moves it. */
export class TestClock implements Clock {
  #now: number

  /** @param now milliseconds */
  constructor(now = Date.UTC(2026, 10, 20, 12)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}
