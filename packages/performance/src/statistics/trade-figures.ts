/** Trade figures from a market's running sums. All ratios are exact fractions, rounded once. */
import { divideHalfEven, MONEY_SCALE, powerOfTen } from '../decimal/arithmetic.ts'
import { formatDecimal, formatFraction, formatMoney } from '../decimal/format.ts'
import { figureOf, undefinedBecause } from '../figure.ts'
import type { ClosedTally } from '../lots/closed-tally.ts'
import type { MarketTally } from '../lots/tally.ts'
import type { ClosedFigures, Figure, TradeFigures } from '../result.ts'

const MICROS_PLACES = 6
const MICROS = powerOfTen(MICROS_PLACES)

/** `unrealised` at money scale; null when an open lot has no price. */
export function tradeFigures(tally: MarketTally, unrealised: bigint | null): TradeFigures {
  const { fills } = tally
  const money = (amount: bigint): Figure => (fills === 0 ? undefinedBecause('no_fills') : figureOf(formatMoney(amount)))
  return {
    fills,
    volume: tally.unpricedFills > 0 ? undefinedBecause('unpriced') : money(tally.volume),
    fees: money(tally.fees),
    realisedPnl: money(tally.realised),
    unrealisedPnl: unrealised === null ? undefinedBecause('unpriced') : figureOf(formatMoney(unrealised)),
    lotMatches: closedFigures(tally.lotMatches),
    roundTrips: closedFigures(tally.roundTrips),
  }
}

function closedFigures(tally: ClosedTally): ClosedFigures {
  const { count, winners, losers, breakEven, won, lost, largestWin } = tally
  const ofClosed = (figure: () => Figure): Figure => (count === 0 ? undefinedBecause('nothing_closed') : figure())
  return {
    count,
    winners,
    losers,
    breakEven,
    winRate: ofClosed(() =>
      winners + losers === 0 ? undefinedBecause('no_wins') : fraction(BigInt(winners), BigInt(winners + losers)),
    ),
    profitFactor: ofClosed(() => (losers === 0 ? undefinedBecause('no_losses') : fraction(won, -lost))),
    expectancy: ofClosed(() => figureOf(formatMoney(divideHalfEven(won + lost, BigInt(count))))),
    payoff: ofClosed(() => {
      if (losers === 0) return undefinedBecause('no_losses')
      if (winners === 0) return undefinedBecause('no_wins')
      return fraction(won * BigInt(losers), -lost * BigInt(winners))
    }),
    averageHoldingSeconds: ofClosed(() => {
      const held = BigInt(tally.heldSeconds) * MICROS + BigInt(tally.heldMicros)
      return figureOf(formatDecimal({ coefficient: divideHalfEven(held, BigInt(count)), scale: MICROS_PLACES }))
    }),
    largestWinShare: ofClosed(() => (winners === 0 ? undefinedBecause('no_wins') : fraction(largestWin, won))),
  }
}

function fraction(numerator: bigint, denominator: bigint): Figure {
  return figureOf(formatFraction(divideHalfEven(numerator * powerOfTen(MONEY_SCALE), denominator)))
}
