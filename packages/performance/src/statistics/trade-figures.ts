/** Trade figures from a market's running sums. All ratios are exact fractions, rounded once. */
import { divideHalfEven, MONEY_SCALE, powerOfTen } from '../decimal/arithmetic.ts'
import { formatDecimal, formatFraction, formatMoney } from '../decimal/format.ts'
import { figureOf, undefinedBecause } from '../figure.ts'
import type { MarketTally } from '../lots/tally.ts'
import type { Figure, TradeFigures } from '../result.ts'

const MICROS_PLACES = 6
const MICROS = powerOfTen(MICROS_PLACES)

/** `unrealised` at money scale; null when an open lot has no price. */
export function tradeFigures(tally: MarketTally, unrealised: bigint | null): TradeFigures {
  const { fills, matches, roundTrips, breakEven, wins, losses, won, lost } = tally
  const money = (amount: bigint): Figure => (fills === 0 ? undefinedBecause('no_fills') : figureOf(formatMoney(amount)))
  const ofTrips = (figure: () => Figure): Figure => (roundTrips === 0 ? undefinedBecause('no_round_trips') : figure())
  return {
    fills,
    matches,
    roundTrips,
    volume: tally.unpricedFills > 0 ? undefinedBecause('unpriced') : money(tally.volume),
    fees: money(tally.fees),
    realisedPnl: money(tally.realised),
    unrealisedPnl: unrealised === null ? undefinedBecause('unpriced') : figureOf(formatMoney(unrealised)),
    winRate: ofTrips(() =>
      wins + losses === 0 ? undefinedBecause('no_wins') : fraction(BigInt(wins), BigInt(wins + losses)),
    ),
    profitFactor: ofTrips(() => (losses === 0 ? undefinedBecause('no_losses') : fraction(won, -lost))),
    expectancy: ofTrips(() => figureOf(formatMoney(divideHalfEven(won + lost, BigInt(roundTrips))))),
    payoff: ofTrips(() => {
      if (losses === 0) return undefinedBecause('no_losses')
      if (wins === 0) return undefinedBecause('no_wins')
      return fraction(won * BigInt(losses), -lost * BigInt(wins))
    }),
    averageHoldingSeconds: ofTrips(() => {
      const held = BigInt(tally.heldSeconds) * MICROS + BigInt(tally.heldMicros)
      const average = divideHalfEven(held, BigInt(roundTrips))
      return figureOf(formatDecimal({ coefficient: average, scale: MICROS_PLACES }))
    }),
    breakEven,
  }
}

function fraction(numerator: bigint, denominator: bigint): Figure {
  return figureOf(formatFraction(divideHalfEven(numerator * powerOfTen(MONEY_SCALE), denominator)))
}
