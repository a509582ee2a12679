import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ONE } from '../../src/decimal/arithmetic.ts'
import type { IndexPoint } from '../../src/returns/linking.ts'
import { greatestDrawdown } from '../../src/statistics/drawdown.ts'
import { exponential, logarithm, power } from '../../src/statistics/elementary.ts'
import { downsideDeviation, mean, sampleDeviation } from '../../src/statistics/moments.ts'
import { ratios } from '../../src/statistics/return-figures.ts'
import { worstTwentieth } from '../../src/statistics/tail.ts'
import { fc, holds } from '../property.ts'

function close(actual: number, expected: number, tolerance = 1e-14): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`)
}

test('logarithm, exponential and power are within 1e-14 of the engine', () => {
  holds(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (value) => {
    close(logarithm(value), Math.log(value))
  })
  holds(fc.double({ min: -700, max: 700, noNaN: true }), (value) => {
    close(exponential(value) / Math.exp(value), 1)
  })
  holds(
    fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: -12, max: 12, noNaN: true })),
    ([a, b]) => {
      close(power(a, b) / a ** b, 1, 1e-13)
    },
  )
})

test('the ends of the elementary functions', () => {
  assert.equal(logarithm(1), 0)
  assert.equal(logarithm(0), -Infinity)
  assert.ok(Number.isNaN(logarithm(-1)))
  assert.equal(exponential(0), 1)
  assert.equal(exponential(1000), Infinity)
  assert.equal(exponential(-1000), 0)
  assert.equal(power(0, 2), 0)
  assert.equal(power(2, 0), 1)
})

/** The `mixed_returns` of empyrical's own tests, and what they assert of it at 252 days a year. */
const MIXED = [0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1]

test("deviation, Sharpe and Sortino agree with empyrical's published cases", () => {
  const annual = Math.sqrt(252)
  close(sampleDeviation(MIXED) * annual, 0.9136465399704637)
  close((mean(MIXED) / sampleDeviation(MIXED)) * annual, 1.7238613961706866)
  close((mean(MIXED) / downsideDeviation(MIXED, 0)) * annual, 2.605531251673693)
})

/** 365 days of a sequence that numpy was given as well. */
function sequence(): number[] {
  let state = 7
  return Array.from({ length: 365 }, () => {
    state = (state * 16807) % 2147483647
    return Math.round((state / 2147483647 - 0.48) * 80_000) / 1_000_000
  })
}

const EXPECTED_AT_ZERO = {
  volatility: { value: '0.4480735411' },
  sharpe: { value: '2.6210608131' },
  sortino: { value: '4.0880330807' },
  omega: { value: '1.3684854555' },
  valueAtRisk95: { value: '-0.0341790000' },
  conditionalValueAtRisk95: { value: '-0.0367020526' },
}
const EXPECTED_AT_TARGET = {
  volatility: { value: '0.4480735411' },
  sharpe: { value: '2.5396009708' },
  sortino: { value: '3.9457352870' },
  omega: { value: '1.3552555707' },
  valueAtRisk95: { value: '-0.0341790000' },
  conditionalValueAtRisk95: { value: '-0.0367020526' },
}

test('the ratios of a year agree with numpy', () => {
  assert.deepEqual(ratios(sequence(), 0), EXPECTED_AT_ZERO)
  assert.deepEqual(ratios(sequence(), 0.0001), EXPECTED_AT_TARGET)
})

test('the Sharpe ratio is annualised over 365 days of a market that never closes, not 252', () => {
  const { sharpe } = ratios(sequence(), 0)
  const rates = sequence()
  close(Number(sharpe.value), (mean(rates) / sampleDeviation(rates)) * Math.sqrt(365), 1e-9)
})

test('below thirty days nothing is annualised', () => {
  const figures = ratios(sequence().slice(0, 29), 0)
  for (const figure of Object.values(figures)) assert.deepEqual(figure, { value: null, reason: 'too_few_days' })
  for (const figure of Object.values(ratios(sequence().slice(0, 30), 0))) assert.notEqual(figure.value, null)
})

test('equal returns have no Sharpe ratio, neither infinite nor huge', () => {
  const figures = ratios(
    Array.from({ length: 40 }, () => 0.1),
    0,
  )
  assert.deepEqual(figures.sharpe, { value: null, reason: 'no_variance' })
  assert.deepEqual(figures.volatility, { value: null, reason: 'no_variance' })
  assert.deepEqual(figures.sortino, { value: null, reason: 'no_losses' })
  assert.deepEqual(figures.omega, { value: null, reason: 'no_losses' })
})

test('equal losses have a Sortino ratio of minus the root of the year', () => {
  const figures = ratios(
    Array.from({ length: 40 }, () => -0.01),
    0,
  )
  assert.deepEqual(figures.sortino, { value: '-19.1049731745' })
  assert.deepEqual(figures.omega, { value: '0.0000000000' })
})

test('value at risk is the best of the worst twentieth, its conditional their mean', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => (index * 37) % 100)
  assert.deepEqual(worstTwentieth(hundred), { valueAtRisk: 4, conditional: 2 })
  assert.deepEqual(worstTwentieth([3, 1, 2]), { valueAtRisk: 1, conditional: 1 })
})

/** An index in hundredths, a day apart, from day 0. */
function index(...hundredths: number[]): IndexPoint[] {
  return hundredths.map((value, day) => ({ day, index: (BigInt(value) * ONE) / 100n }))
}

test('the greatest drawdown is measured from the start as from any peak', () => {
  const rows: readonly (readonly [IndexPoint[], object | null])[] = [
    [[], null],
    [index(100), null],
    [index(100, 101, 105), null],
    // −10, −5, +6 on 100: the first loss belongs to it.
    [index(100, 90, 85, 91), { depth: (ONE * -15n) / 100n, peak: 0, trough: 2, recovered: null }],
    // −10, +5, +6: a single first loss is one too.
    [index(100, 90, 95, 101), { depth: (ONE * -10n) / 100n, peak: 0, trough: 1, recovered: 3 }],
    [index(100, 200, 150, 200, 210), { depth: (ONE * -25n) / 100n, peak: 1, trough: 2, recovered: 3 }],
    [index(100, 0, 0), { depth: -ONE, peak: 0, trough: 1, recovered: null }],
    [index(100, 90, 100, 90), { depth: (ONE * -10n) / 100n, peak: 0, trough: 1, recovered: 2 }],
  ]
  for (const [points, expected] of rows) assert.deepEqual(greatestDrawdown(points), expected)
})
