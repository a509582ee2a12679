/** Running sums of one market of one venue: everything its trade figures need, updated in constant time per fill. */
import { ClosedTally } from './closed-tally.ts'

export class MarketTally {
  readonly venue: string
  readonly market: string
  fills = 0
  /** Money scale, as every bigint here. */
  volume = 0n
  fees = 0n
  realised = 0n
  /** Fills without a value, which the volume lacks. */
  unpricedFills = 0
  unpricedFees = 0
  readonly lotMatches: ClosedTally = new ClosedTally()
  readonly roundTrips: ClosedTally = new ClosedTally()

  constructor(venue: string, market: string) {
    this.venue = venue
    this.market = market
  }

  /** Sums of several markets are the sums of their parts. */
  add(other: MarketTally): void {
    this.fills += other.fills
    this.volume += other.volume
    this.fees += other.fees
    this.realised += other.realised
    this.unpricedFills += other.unpricedFills
    this.unpricedFees += other.unpricedFees
    this.lotMatches.add(other.lotMatches)
    this.roundTrips.add(other.roundTrips)
  }

  clone(): MarketTally {
    const copy = new MarketTally(this.venue, this.market)
    copy.add(this)
    return copy
  }
}
