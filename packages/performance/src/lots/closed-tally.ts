/** Running sums of trades that are over, in one of the two views: constant time for each. */
import type { Micros } from '../events.ts'

const MICROS_PER_SECOND = 1_000_000

export class ClosedTally {
  winners = 0
  losers = 0
  breakEven = 0
  /** Sum of the gains of the winners, money scale, as every bigint here. */
  won = 0n
  /** At most zero. */
  lost = 0n
  largestWin = 0n
  /** Time they were open. Two integers, each small enough to stay exact in a double. */
  heldSeconds = 0
  heldMicros = 0

  get count(): number {
    return this.winners + this.losers + this.breakEven
  }

  close(pnl: bigint, held: Micros): void {
    if (pnl > 0n) {
      this.winners++
      this.won += pnl
      if (pnl > this.largestWin) this.largestWin = pnl
    } else if (pnl < 0n) {
      this.losers++
      this.lost += pnl
    } else this.breakEven++
    const seconds = Math.floor(held / MICROS_PER_SECOND)
    this.heldSeconds += seconds
    this.heldMicros += held - seconds * MICROS_PER_SECOND
  }

  add(other: ClosedTally): void {
    this.winners += other.winners
    this.losers += other.losers
    this.breakEven += other.breakEven
    this.won += other.won
    this.lost += other.lost
    if (other.largestWin > this.largestWin) this.largestWin = other.largestWin
    this.heldSeconds += other.heldSeconds
    this.heldMicros += other.heldMicros
  }
}
