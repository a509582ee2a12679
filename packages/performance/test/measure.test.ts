/** Whole measurements, each a story a reader can follow with a pocket calculator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Figure, type MeasureInput, type Measurement, measure, PerformanceError } from '../src/index.ts'
import { ACCOUNT, balances, endOf, events, prices, startOf, VENUE } from './notation.ts'

interface Story {
  readonly history: string
  readonly closes?: string
  readonly days: number
  readonly opening?: string
  readonly closing?: string
  readonly more?: Partial<MeasureInput>
}

function tell({ history, closes = '', days, opening, closing = '', more = {} }: Story): Measurement {
  return measure({
    accounts: [
      {
        account: ACCOUNT,
        venue: VENUE,
        events: events(history),
        ...(opening === undefined ? {} : { opening: balances(opening, startOf(1)) }),
        closing: balances(closing, endOf(days)),
      },
    ],
    closes: prices(closes),
    reportingCurrency: 'USDT',
    until: endOf(days),
    ...more,
  })
}

const text = (figure: Figure): string => figure.value ?? figure.reason

function returnsOf({ days }: Measurement): string[] {
  return days.map((day) => text(day.return))
}

test('the 95.90 case, whole: net of a base fee and a quote fee', () => {
  const { performance } = tell({
    history: `deposit 5000 USDT
              buy 1 ETH/USDT at 2000 fee 0.001 ETH
              day 2
              sell 0.999 ETH/USDT at 2100 fee 2 USDT`,
    closes: 'ETH/USDT 2050 2100',
    closing: '5095.90000000 USDT',
    days: 2,
  })
  const { total } = performance
  assert.equal(text(total.realisedPnl), '95.9')
  assert.equal(text(total.fees), '4')
  assert.equal(text(total.volume), '4097.9')
  assert.equal(text(total.unrealisedPnl), '0')
  assert.equal(text(total.timeWeightedReturn), '0.0191800000')
  assert.equal(text(performance.closing), '5095.9')
  assert.equal(performance.completeness[0]?.complete, true)
})

test('deposit an asset, sell it: no profit, no return', () => {
  const { performance } = tell({
    history: `deposit 1 ETH
              sell 1 ETH/USDT at 2519.62`,
    closes: 'ETH/USDT 2519.62',
    closing: '2519.62 USDT',
    days: 1,
  })
  assert.equal(text(performance.total.realisedPnl), '0')
  assert.equal(text(performance.total.timeWeightedReturn), '0.0000000000')
  assert.equal(text(performance.netFlows), '2519.62')
})

test('an asset deposited before it has a price does not become profit when it gets one', () => {
  const { performance, days } = tell({
    history: `deposit 1000 USDT
              deposit 100 GEM
              day 3
              sell 100 GEM/USDT at 50`,
    days: 3,
  })
  assert.deepEqual(
    days.map(({ nav }) => text(nav)),
    ['unpriced', 'unpriced', '6000'],
  )
  assert.equal(text(performance.total.realisedPnl), '0')
  assert.equal(text(performance.total.timeWeightedReturn), '0.0000000000')
  assert.equal(performance.notes.unpricedDays, 2)
})

test('sold without ever having come in: a flow, flagged, and neither profit nor return', () => {
  const { performance, days } = tell({
    history: `deposit 1000 USDT
              day 2
              sell 1 ETH/USDT at 2000
              day 3`,
    closes: 'ETH/USDT 2000 2000 3000',
    closing: '3000.00000000 USDT',
    days: 3,
  })
  assert.equal(text(performance.total.realisedPnl), '0')
  assert.equal(text(performance.total.timeWeightedReturn), '0.0000000000')
  assert.equal(text(performance.netFlows), '3000')
  assert.deepEqual([performance.notes.shortfalls, performance.notes.unattributedValue], [1, '2000'])
  assert.ok(days[1]?.flags.includes('unattributed'))
  const eth = performance.completeness[0]?.assets.find(({ asset }) => asset === 'ETH')
  assert.deepEqual([eth?.expected, eth?.residual, eth?.withinTolerance], ['-1', '1', false])
})

test('bought with money no deposit brought: the money is a flow, flagged', () => {
  const { performance } = tell({ history: 'buy 1 ETH/USDT at 2000', closes: 'ETH/USDT 2200', days: 1 })
  assert.equal(text(performance.netFlows), '2000')
  assert.equal(text(performance.total.timeWeightedReturn), '0.1000000000')
  assert.equal(performance.notes.shortfalls, 1)
})

test('money spent in the morning and deposited in the evening is no shortfall', () => {
  const { performance } = tell({
    history: `buy 1 ETH/USDT at 2000
              deposit 2000 USDT`,
    closes: 'ETH/USDT 2000',
    days: 1,
  })
  assert.equal(performance.notes.shortfalls, 0)
  assert.equal(text(performance.netFlows), '2000')
})

test('rewards and bonuses are no return; interest is', () => {
  const story = (line: string): string =>
    text(
      tell({
        history: `deposit 1000 USDT
                  day 2
                  ${line}`,
        days: 2,
      }).performance.total.timeWeightedReturn,
    )
  assert.equal(story('reward 100 USDT'), '0.0000000000')
  assert.equal(story('rebate 100 USDT'), '0.1000000000')
  assert.equal(story('interest 100 USDT'), '0.1000000000')
  assert.equal(story('interest out 100 USDT'), '-0.1000000000')
})

test('the first loss belongs to the drawdown: −10, −5, +6 on 100 is 15 %', () => {
  const { performance, days } = tell({
    history: `deposit 100 USDT
              day 2
              buy 1 GEM/USDT at 10
              sell 1 GEM/USDT at 1 for 0
              day 3
              buy 1 GEM/USDT at 5
              sell 1 GEM/USDT at 1 for 0
              day 4
              buy 1 GEM/USDT at 1
              sell 1 GEM/USDT at 7`,
    days: 4,
  })
  assert.equal(text(performance.total.maxDrawdown), '-0.1500000000')
  assert.deepEqual([text(performance.total.drawdownDays), text(performance.total.recoveryDays)], ['2', 'not_recovered'])
  assert.equal(days.length, 4)
  assert.equal(text(performance.total.roundTrips.profitFactor), '0.4000000000')
  assert.equal(text(performance.total.roundTrips.winRate), '0.3333333333')
  assert.equal(text(performance.total.roundTrips.payoff), '0.8000000000')
  assert.equal(text(performance.total.roundTrips.expectancy), '-3')
})

test('a round trip within one instant is booked in the order of the venue', () => {
  const at = startOf(1)
  const [deposit, buy, sell] = events(`deposit 1000 USDT
                                       buy 1 ETH/USDT at 100
                                       sell 1 ETH/USDT at 130`)
  const sameInstant = [
    { ...sell!, at, tradeId: '1000' },
    { ...buy!, at, tradeId: '999' },
    { ...deposit!, at },
  ] as ReturnType<typeof events>
  const { performance } = measure({
    accounts: [{ account: ACCOUNT, venue: VENUE, events: sameInstant, closing: balances('1030 USDT', endOf(1)) }],
    closes: [],
    reportingCurrency: 'USDT',
    until: endOf(1),
  })
  assert.equal(text(performance.total.realisedPnl), '30')
  assert.equal(performance.notes.shortfalls, 0)
})

test('a round trip ends when at most a hundredth is left, and counts in the market that closed it', () => {
  const { performance } = tell({
    history: `deposit 5000 USDT
              deposit 5000 USDC
              buy 1 ETH/USDT at 2000 fee 0.001 ETH
              sell 0.5 ETH/USDT at 2100
              sell 0.49 ETH/USDC at 2200
              buy 1 ETH/USDT at 2000
              sell 1 ETH/USDT at 1000`,
    closes: `ETH/USDT 2000
             USDC/USDT 1`,
    days: 1,
  })
  const usdc = performance.markets.find(({ market }) => market === 'ETH/USDC')
  const usdt = performance.markets.find(({ market }) => market === 'ETH/USDT')
  assert.deepEqual(
    [usdc, usdt, performance.total].map((figures) => figures?.roundTrips.count),
    [1, 1, 2],
  )
  assert.equal(text(usdc!.roundTrips.winRate), '1.0000000000')
  assert.equal(text(usdt!.roundTrips.winRate), '0.0000000000')
  assert.equal(text(performance.total.roundTrips.averageHoldingSeconds), '1.5')
})

test('a currency that is only paid with makes no round trips of its own', () => {
  const { performance } = tell({
    history: `deposit 2000 EUR
              buy 1 ETH/EUR at 2000
              sell 1 ETH/EUR at 2100`,
    closes: 'EUR/USDT 1.1',
    days: 1,
  })
  assert.equal(performance.total.roundTrips.count, 1)
  assert.equal(performance.total.lotMatches.count, 1)
  assert.equal(text(performance.total.realisedPnl), '110')
})

test('an asset used up by fees makes no round trip', () => {
  const { performance } = tell({
    history: `deposit 5000 USDT
              buy 1 BNB/USDT at 300
              buy 1 ETH/USDT at 2000 fee 0.4 BNB
              buy 1 ETH/USDT at 2000 fee 0.6 BNB`,
    closes: `ETH/USDT 2000
             BNB/USDT 310`,
    days: 1,
  })
  assert.deepEqual([performance.total.roundTrips.count, performance.total.lotMatches.count], [0, 0])
  assert.equal(text(performance.total.realisedPnl), '10')
})

test('the first day earns its return and is not in the statistics, being rarely a whole one', () => {
  const { performance } = tell({
    history: `deposit 1000 USDT
              interest 100 USDT`,
    days: 40,
  })
  assert.equal(text(performance.total.timeWeightedReturn), '0.1000000000')
  assert.equal(text(performance.total.sharpe), 'no_variance')
  assert.equal(text(performance.total.cagr), '1.3862077510')
})

test('a year of nothing has reasons, not numbers', () => {
  const { performance, days } = tell({ history: '', days: 1 })
  assert.equal(days.length, 1)
  const { total } = performance
  const { lotMatches, roundTrips, ...rest } = total
  for (const figures of [rest, lotMatches, roundTrips]) {
    const found = Object.entries(figures).filter((entry): entry is [string, Figure] => typeof entry[1] === 'object')
    assert.ok(found.length > 0)
    for (const [name, figure] of found) if (name !== 'unrealisedPnl') assert.equal(figure.value, null, name)
  }
  assert.equal(text(total.realisedPnl), 'no_fills')
  assert.equal(text(total.roundTrips.winRate), 'nothing_closed')
  assert.equal(text(total.lotMatches.winRate), 'nothing_closed')
  assert.equal(text(total.timeWeightedReturn), 'no_capital')
  assert.deepEqual(performance.markets, [])
})

test('no figure is ever NaN or infinite, and every one is text', () => {
  const { performance } = tell({
    history: `deposit 100 USDT
              buy 1 GEM/USDT at 100
              day 2
              sell 1 GEM/USDT at 0.000000000000000001
              day 40
              deposit 100 USDT`,
    days: 80,
  })
  assert.doesNotMatch(JSON.stringify(performance), /NaN|Infinity|e[+-]\d/)
  assert.equal(text(performance.total.timeWeightedReturn), '-1.0000000000')
})

test('losing everything: the return is −100 % and no growth rate is made up', () => {
  const { performance, days } = tell({
    history: `deposit 100 USDT
              interest out 100 USDT
              day 40
              deposit 100 USDT
              interest 300 USDT`,
    days: 60,
  })
  assert.ok(days[0]?.flags.includes('wiped'))
  assert.equal(text(performance.total.timeWeightedReturn), '-1.0000000000')
  assert.equal(text(performance.total.cagr), 'wiped')
  assert.equal(text(performance.total.calmar), 'wiped')
  assert.equal(text(performance.total.maxDrawdown), '-1.0000000000')
})

test('a price a day old is flagged; two days old is none', () => {
  const measured = tell({
    history: `deposit 1000 USDT
              buy 1 ETH/USDT at 900`,
    closes: 'ETH/USDT 900 - - 990',
    days: 4,
  })
  assert.deepEqual(
    measured.days.map(({ flags }) => [...flags].join()),
    ['', 'stale_price', 'unpriced', ''],
  )
  assert.deepEqual(returnsOf(measured), ['0.0000000000', '0.0000000000', 'unpriced', '0.0900000000'])
})

test('without any close the account prices itself by its fills, and says so', () => {
  const { performance } = tell({
    history: `deposit 1000 USDT
              buy 1 ETH/USDT at 900`,
    days: 1,
  })
  assert.equal(text(performance.closing), '1000')
  assert.equal(performance.notes.fillPriceDays, 1)
})

test('an asset that never has a price is named, and changes nothing', () => {
  const { performance } = tell({
    history: `deposit 1000 USDT
              reward 1000000 SPAM
              day 2
              withdrawal 5 SPAM`,
    days: 3,
  })
  assert.deepEqual(performance.notes.unpricedAssets, ['SPAM'])
  assert.equal(text(performance.closing), '1000')
  assert.equal(text(performance.total.timeWeightedReturn), '0.0000000000')
})

test('a peg is used only when declared, and then named', () => {
  const story: Story = {
    history: `deposit 1000 USDC
              buy 1 ETH/USDC at 900`,
    closes: `USDC/USDT 0.99
             ETH/USDC 900`,
    days: 1,
  }
  assert.equal(text(tell(story).performance.closing), '990')
  const pegs = [{ asset: 'USDC', equals: 'USDT' }]
  const { performance } = tell({ ...story, more: { pegs } })
  assert.equal(text(performance.closing), '1000')
  assert.deepEqual(performance.conventions.pegs, pegs)
})

test('a thousand in gems: two accounts add up, each reconciled on its own', () => {
  const account = (name: string, history: string, closing: string): MeasureInput['accounts'][number] => ({
    account: name,
    venue: VENUE,
    events: events(history, name),
    closing: balances(closing, endOf(2), name),
  })
  const { performance } = measure({
    accounts: [
      account('alice', 'deposit 1000 USDT\n buy 10 GEM/USDT at 100', '10.00000000 GEM'),
      account('bob', 'deposit 1000 USDT', '900.00000000 USDT'),
    ],
    closes: prices('GEM/USDT 100 110'),
    reportingCurrency: 'USDT',
    until: endOf(2),
  })
  assert.equal(text(performance.closing), '2100')
  assert.equal(text(performance.total.timeWeightedReturn), '0.0500000000')
  assert.deepEqual(
    performance.completeness.map(({ account: name, complete, residualValue, residualOfNav }) => [
      name,
      complete,
      text(residualValue),
      text(residualOfNav),
    ]),
    [
      ['alice', true, '0', '0.0000000000'],
      ['bob', false, '100', '0.1111111111'],
    ],
  )
})

test('what happened up to the opening is in it, and what comes after the end is not measured', () => {
  const { performance } = tell({
    opening: '1 ETH',
    history: `day 2
              sell 1 ETH/USDT at 2200
              day 9
              buy 1 ETH/USDT at 1`,
    closes: 'ETH/USDT 2000 2200',
    days: 3,
  })
  assert.equal(performance.total.fills, 1)
  assert.equal(text(performance.opening), '2000')
  assert.equal(text(performance.netFlows), '0')
  assert.equal(text(performance.total.timeWeightedReturn), '0.1000000000')
})

test('an event at the very instant of the opening is inside it', () => {
  const [deposit] = events('deposit 1 ETH')
  const { performance } = measure({
    accounts: [
      {
        account: ACCOUNT,
        venue: VENUE,
        events: [{ ...deposit!, at: startOf(1) }],
        opening: balances('1 ETH', startOf(1)),
        closing: balances('1.00000000 ETH', endOf(1)),
      },
    ],
    closes: prices('ETH/USDT 2000'),
    reportingCurrency: 'USDT',
    until: endOf(1),
  })
  assert.equal(text(performance.closing), '2000')
  assert.equal(performance.completeness[0]?.complete, true)
})

test('the money-weighted return knows when money came and went: in at the start of a day, out at its end', () => {
  // 100 on day 1, 220 taken at the end of day 2, 110 left at the end of day 3: 100 g³ = 220 g + 110, g = 1.6776…
  const { performance } = tell({
    history: `deposit 100 USDT
              day 2
              interest 200 USDT
              withdrawal 220 USDT
              day 3
              interest 30 USDT`,
    days: 3,
  })
  const period = Number(performance.total.moneyWeightedReturn.value) + 1
  const growth = Math.cbrt(period)
  assert.ok(Math.abs(100 * growth ** 3 - 220 * growth - 110) < 1e-6)
})

test('histories that do not belong together are refused', () => {
  const history = { account: 'alice', venue: VENUE, events: [], closing: balances('', endOf(1)) }
  const input = { closes: [], reportingCurrency: 'USDT', until: endOf(1) }
  measure({ ...input, accounts: [history] })
  const rows: readonly MeasureInput['accounts'][] = [
    [history, history],
    [{ ...history, events: events('deposit 1 USDT', 'bob') }],
    [{ ...history, closing: balances('', endOf(1), 'bob') }],
    [{ ...history, opening: balances('', startOf(1), 'bob') }],
  ]
  for (const accounts of rows) {
    assert.throws(
      () => measure({ ...input, accounts }),
      (error) => error instanceof PerformanceError && error.code === 'account_mismatch',
    )
  }
})
