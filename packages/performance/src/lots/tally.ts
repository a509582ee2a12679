/** Running sums of one market of one venue: everything its trade figures need, updated in constant time per fill. */
import type { Micros } from '../events.ts'

const MICROS_PER_SECOND = 1_000_000

export class MarketTally {
  readonly venue: string
  readonly market: string
  fills = 0
  matches = 0
  /** Money scale, as every bigint here. */
  volume = 0n
  fees = 0n
  realised = 0n
  /** Fills without a value, which the volume lacks. */
  unpricedFills = 0
  unpricedFees = 0
  wins = 0
  losses = 0
  breakEven = 0
  won = 0n
  /** At most zero. */
  lost = 0n
  /** Time round trips were open. Two integers, each small enough to stay exact in a double. */
  heldSeconds = 0
  heldMicros = 0

  constructor(venue: string, market: string) {
    this.venue = venue
    this.market = market
  }

  get roundTrips(): number {
    return this.wins + this.losses + this.breakEven
  }

  roundTrip(pnl: bigint, held: Micros): void {
    if (pnl > 0n) {
      this.wins++
      this.won += pnl
    } else if (pnl < 0n) {
      this.losses++
      this.lost += pnl
    } else this.breakEven++
    const seconds = Math.floor(held / MICROS_PER_SECOND)
    this.heldSeconds += seconds
    this.heldMicros += held - seconds * MICROS_PER_SECOND
  }

  /** Sums of several markets are the sums of their parts. */
  add(other: MarketTally): void {
    this.fills += other.fills
    this.matches += other.matches
    this.volume += other.volume
    this.fees += other.fees
    this.realised += other.realised
    this.unpricedFills += other.unpricedFills
    this.unpricedFees += other.unpricedFees
    this.wins += other.wins
    this.losses += other.losses
    this.breakEven += other.breakEven
    this.won += other.won
    this.lost += other.lost
    this.heldSeconds += other.heldSeconds
    this.heldMicros += other.heldMicros
  }

  clone(): MarketTally {
    const copy = new MarketTally(this.venue, this.market)
    copy.add(this)
    return copy
  }
}
