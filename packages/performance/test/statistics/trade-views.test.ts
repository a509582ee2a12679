/** The two views of closed trades, side by side: lot matches and round trips, each row a story worked by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClosedFigures, type Figure, measure, type TradeFigures } from '../../src/index.ts'
import { ACCOUNT, balances, endOf, events, prices, VENUE } from '../notation.ts'

interface Views {
  readonly story: string
  readonly history: string
  readonly lotMatches: Expected
  readonly roundTrips: Expected
  readonly closes?: string
}

/** `won-lost-even`, then winRate, profitFactor, expectancy, payoff, holding in seconds, largest win's share. */
type Expected = string

const NOTHING = '0-0-0 nothing_closed nothing_closed nothing_closed nothing_closed nothing_closed nothing_closed'

const VIEWS: readonly Views[] = [
  {
    story: 'nothing was closed',
    history: 'buy 1 ETH/USDT at 2000',
    lotMatches: NOTHING,
    roundTrips: NOTHING,
  },
  {
    story: 'one buy, one sale: both views are one',
    history: `buy 1 ETH/USDT at 2000
              sell 1 ETH/USDT at 2100`,
    lotMatches: '1-0-0 1.0000000000 no_losses 100 no_losses 1 1.0000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 100 no_losses 1 1.0000000000',
  },
  {
    story: 'one buy closed by three sales: three matches (+100, −50, 0), one round trip of +50',
    history: `buy 3 ETH/USDT at 2000
              sell 1 ETH/USDT at 2100
              sell 1 ETH/USDT at 1950
              sell 1 ETH/USDT at 2000`,
    lotMatches: '1-1-1 0.5000000000 2.0000000000 16.666666666666666667 2.0000000000 2 1.0000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 50 no_losses 3 1.0000000000',
  },
  {
    story: 'three buys closed by one sale: three matches (+300, +200, −100) in one fill, one round trip of +400',
    history: `buy 1 ETH/USDT at 1800
              buy 1 ETH/USDT at 1900
              buy 1 ETH/USDT at 2200
              sell 3 ETH/USDT at 2100`,
    lotMatches: '2-1-0 0.6666666667 5.0000000000 133.333333333333333333 2.5000000000 2 0.6000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 400 no_losses 3 1.0000000000',
  },
  {
    story: 'partial fills: 1 + 1 sold as 0.5 + 1.5 is three pieces (+50, +100, −100)',
    history: `buy 1 ETH/USDT at 2000
              buy 1 ETH/USDT at 2200
              sell 0.5 ETH/USDT at 2100
              sell 1.5 ETH/USDT at 2133.333333333333333333 for 3200`,
    lotMatches: '2-1-0 0.6666666667 1.7500000000 16.666666666666666667 0.8750000000 2.333333 0.5714285714',
    roundTrips: '1-0-0 1.0000000000 no_losses 50 no_losses 3 1.0000000000',
  },
  {
    story: 'never flat: every sale is a match, no round trip ever ends',
    history: `deposit 10 ETH
              buy 1 ETH/USDT at 1900
              sell 1 ETH/USDT at 2100
              sell 1 ETH/USDT at 1940`,
    lotMatches: '1-1-0 0.5000000000 1.6666666667 20 1.6666666667 2.5 1.0000000000',
    roundTrips: NOTHING,
    closes: 'ETH/USDT 2000',
  },
  {
    story: 'the fee of a sale is shared by its pieces: 2 pieces of +100 less 3 each',
    history: `buy 1 ETH/USDT at 2000
              buy 1 ETH/USDT at 2000
              sell 2 ETH/USDT at 2100 fee 6 USDT`,
    lotMatches: '2-0-0 1.0000000000 no_losses 97 no_losses 1.5 0.5000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 194 no_losses 2 1.0000000000',
  },
  {
    story: 'what fees and withdrawals take is no match, and a position they alone emptied no round trip',
    history: `buy 1 BNB/USDT at 300
              buy 1 ETH/USDT at 2000 fee 0.1 BNB
              withdrawal 0.895 BNB`,
    lotMatches: NOTHING,
    roundTrips: NOTHING,
    closes: `BNB/USDT 310
             ETH/USDT 2000`,
  },
  {
    story: 'a payment is no match: euros spent, though they lost 10 %, are no trade',
    history: `deposit 2000 EUR
              day 2
              buy 1 ETH/EUR at 2000
              sell 1 ETH/EUR at 2200`,
    lotMatches: '1-0-0 1.0000000000 no_losses 198 no_losses 1 1.0000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 198 no_losses 1 1.0000000000',
    closes: 'EUR/USDT 1 0.99',
  },
  {
    story: 'what nobody explains is no match: of 3 sold 1 was held',
    history: `buy 1 ETH/USDT at 100
              sell 3 ETH/USDT at 200`,
    lotMatches: '1-0-0 1.0000000000 no_losses 100 no_losses 1 1.0000000000',
    roundTrips: '1-0-0 1.0000000000 no_losses 100 no_losses 1 1.0000000000',
  },
]

for (const { story, history, lotMatches, roundTrips, closes = '' } of VIEWS) {
  test(story, () => {
    const { total, markets } = figures(history, closes)
    assert.equal(shown(total.lotMatches), lotMatches)
    assert.equal(shown(total.roundTrips), roundTrips)
    const [market] = markets
    assert.ok(market)
    if (markets.length === 1)
      assert.deepEqual([market.lotMatches, market.roundTrips], [total.lotMatches, total.roundTrips])
  })
}

test('a match counts in the market of its fill, a round trip in the market that closed last', () => {
  const { markets, total } = figures(
    `buy 2 ETH/USDT at 2000
     sell 1 ETH/USDT at 2100
     sell 1 ETH/USDC at 1900`,
    'USDC/USDT 1',
  )
  const counts = ({ lotMatches, roundTrips }: TradeFigures): string =>
    [lotMatches.winners, lotMatches.losers, roundTrips.count].join(' ')
  assert.deepEqual(
    markets.map((market) => `${market.market} ${counts(market)}`),
    ['ETH/USDC 0 1 1', 'ETH/USDT 1 0 0'],
  )
  assert.equal(counts(total), '1 1 1')
})

function figures(history: string, closes: string) {
  const until = endOf(2)
  const account = { account: ACCOUNT, venue: VENUE, events: events(history), closing: balances('', until) }
  return measure({ accounts: [account], closes: prices(closes), reportingCurrency: 'USDT', until }).performance
}

function shown(closed: ClosedFigures): Expected {
  const { count, winners, losers, breakEven } = closed
  assert.equal(count, winners + losers + breakEven)
  const { winRate, profitFactor, expectancy, payoff, averageHoldingSeconds, largestWinShare } = closed
  const figure = ({ value, ...rest }: Figure): string => value ?? ('reason' in rest ? rest.reason : '')
  const texts = [winRate, profitFactor, expectancy, payoff, averageHoldingSeconds, largestWinShare].map(figure)
  return [`${winners}-${losers}-${breakEven}`, ...texts].join(' ')
}
