/** The last durations, for a percentile without a time series behind it. Owner of its ring; overwritten oldest first. */
export class RecentDurations {
  readonly #ring: Float64Array
  #count = 0

  constructor(capacity: number) {
    this.#ring = new Float64Array(capacity)
  }

  add(seconds: number): void {
    this.#ring[this.#count % this.#ring.length] = seconds
    this.#count++
  }

  /** Nearest-rank percentile, `fraction` in (0, 1]; `NaN` before the first duration. */
  percentile(fraction: number): number {
    const held = Math.min(this.#count, this.#ring.length)
    if (held === 0) return Number.NaN
    const sorted = this.#ring.slice(0, held).sort()
    return sorted[Math.ceil(fraction * held) - 1] ?? Number.NaN
  }
}
