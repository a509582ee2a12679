import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ONE } from '../../src/decimal/arithmetic.ts'
import { formatFraction } from '../../src/decimal/format.ts'
import type { ValuedDay } from '../../src/nav/daily.ts'
import type { DayFlag } from '../../src/result.ts'
import { type DayReturn, dailyReturns } from '../../src/returns/daily.ts'
import { linkReturns } from '../../src/returns/linking.ts'
import { type DatedAmount, moneyWeightedReturn } from '../../src/returns/money-weighted.ts'

/** `nav`, `nav +in`, `nav -out`; `?` is a day without a value. What was there at a flow is not known. */
function days(...texts: string[]): ValuedDay[] {
  return texts.map((text, day) => {
    const [nav, ...flows] = text.split(' ')
    const flow = (sign: string): bigint => {
      const found = flows.find((part) => part.startsWith(sign))
      return found === undefined ? 0n : units(found.slice(1))
    }
    return {
      day,
      nav: nav === '?' ? null : units(nav!),
      inflow: flow('+'),
      outflow: flow('-'),
      opening: 0n,
      flows: null,
      flags: new Set<DayFlag>(nav === '?' ? ['unpriced'] : []),
    }
  })
}

function units(text: string): bigint {
  return (BigInt(Math.round(Number(text) * 100)) * ONE) / 100n
}

function rates(returns: readonly DayReturn[]): (string | null)[] {
  return returns.map(({ rate, reason }) => (rate === null ? reason : String(Number(formatFraction(rate)))))
}

function linked(returns: readonly DayReturn[]): number {
  return Number(linkReturns(returns).points.at(-1)?.index ?? ONE) / 1e18 - 1
}

test('a deposit counts from the start of its day: 1000, then 1000 more, 2100 at the end, is 5 %', () => {
  const returns = dailyReturns(days('1000 +1000', '2100 +1000'), ONE)
  assert.deepEqual(rates(returns), ['0', '0.05'])
})

test('a withdrawal counts until the end of its day', () => {
  assert.deepEqual(rates(dailyReturns(days('1000 +1000', '600 -500'), ONE)), ['0', '0.1'])
})

test('a deposit is never a profit and a withdrawal never a loss', () => {
  const returns = dailyReturns(days('1000 +1000', '6000 +5000', '100 -5900', '100'), ONE)
  assert.deepEqual(rates(returns), ['0', '0', '0', '0'])
})

test('a first day counts from its funding; before it nothing counts', () => {
  const returns = dailyReturns(days('0', '0', '110 +100', '121'), ONE)
  assert.deepEqual(rates(returns), ['no_capital', 'no_capital', '0.1', '0.1'])
  assert.deepEqual(
    returns.map(({ counts }) => counts),
    [false, false, false, true],
  )
  assert.deepEqual(
    linkReturns(returns).points.map(({ day, index }) => [day, formatFraction(index)]),
    [
      [1, '1.0000000000'],
      [2, '1.1000000000'],
      [3, '1.2100000000'],
    ],
  )
})

test('a day on less than the floor earns nothing: a tiny base makes any gain huge', () => {
  const returns = dailyReturns(days('0.01 +0.01', '50', '55'), ONE)
  assert.deepEqual(rates(returns), ['no_capital', 'no_capital', '0.1'])
  assert.equal(linked(returns).toFixed(6), '0.100000')
  assert.deepEqual(rates(dailyReturns(days('0.5 +0.5', '0.6'), units('0.1'))), ['0', '0.2'])
})

test('an emptied account waits with zero returns, which count', () => {
  const returns = dailyReturns(days('100 +100', '0 -100', '0', '50 +50', '55'), ONE)
  assert.deepEqual(rates(returns), ['0', '0', 'no_capital', '0', '0.1'])
  assert.deepEqual(
    returns.map(({ counts }) => counts),
    [false, true, true, true, true],
  )
})

test('a day without a price has no return; the next one has that of both, with their flows', () => {
  const returns = dailyReturns(days('100 +100', '? +100', '220'), ONE)
  assert.deepEqual(rates(returns), ['0', 'unpriced', '0.1'])
})

test('losing everything ends the index at zero, whatever new money earns later', () => {
  const returns = dailyReturns(days('100 +100', '0', '100 +100', '300'), ONE)
  assert.deepEqual(rates(returns), ['0', '-1', '0', '2'])
  assert.equal(returns[1]?.flags.has('wiped'), true)
  assert.equal(linkReturns(returns).wiped, true)
  assert.equal(linked(returns), -1)
})

test('a value below zero is wiped too, and no later gain turns it into profit', () => {
  const returns = dailyReturns(days('1 +1', '2', '-3', '6 +3'), units('0.1'))
  assert.equal(linkReturns(returns).wiped, true)
  assert.equal(linked(returns), -1)
})

test('large flows are flagged: one per cent of the value and ten units', () => {
  const flags = (flow: string): boolean =>
    dailyReturns(days('2000 +2000', `2000 +${flow}`), ONE)[1]!.flags.has('large_flow')
  assert.deepEqual(['20', '19.99', '5000'].map(flags), [true, false, true])
  assert.equal(dailyReturns(days('500 +500', '509 +9.99'), ONE)[1]!.flags.has('large_flow'), false)
})

const dated = (...rows: [number, number][]): DatedAmount[] => rows.map(([time, amount]) => ({ time, amount }))

test("the money-weighted return is Excel's XIRR of its own documented example", () => {
  const flows = dated([0, 10_000], [60, -2750], [303, -4250], [411, -3250])
  const result = moneyWeightedReturn(flows, 2750, 456)
  assert.equal(result.rate?.toFixed(8), '0.37336253')
})

test('the money-weighted return of one payment is its growth', () => {
  const year = moneyWeightedReturn(dated([0, 100]), 110, 365)
  assert.deepEqual([year.rate?.toFixed(12), 'annual' in year && year.annual], ['0.100000000000', true])
  const short = moneyWeightedReturn(dated([0, 100]), 150, 3)
  assert.deepEqual([short.rate?.toFixed(12), 'annual' in short && short.annual], ['0.500000000000', false])
  assert.equal(moneyWeightedReturn(dated([0, 100]), 100, 365).rate?.toFixed(12), '0.000000000000')
})

test('no capital, no root, or several: no rate', () => {
  assert.deepEqual(moneyWeightedReturn([], 0, 10), { rate: null, reason: 'no_capital' })
  assert.deepEqual(moneyWeightedReturn(dated([0, 100]), 0, 365), { rate: null, reason: 'no_unique_root' })
  // 100 − 230 g⁻¹ + 132 g⁻², the textbook case: 10 % and 20 %.
  const textbook = dated([0, 100], [365, -230], [730, 132])
  assert.deepEqual(moneyWeightedReturn(textbook, 0, 730), { rate: null, reason: 'no_unique_root' })
})
