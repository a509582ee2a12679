import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplePerformance } from '@perf-aggregator/testkit'
import { widthOf } from '../../src/display/columns.ts'
import { amount, completeness, duration, gain, percent, ratio, signedPercent } from '../../src/display/figures.ts'
import { equityCurve, performanceLines } from '../../src/display/performance.ts'

const figure = (value: string): { value: string } => ({ value })

for (const [shown, expected] of [
  [amount(figure('1234567.891'), 'USDT'), '1,234,567.89 USDT'],
  [amount(figure('0.000123456'), 'BTC'), '0.00012 BTC'],
  [amount(figure('0'), 'BTC'), '0.00 BTC'],
  [gain(figure('12.5'), 'USD'), '+12.50 USD'],
  [gain(figure('-12.5'), 'USD'), '-12.50 USD'],
  [gain(figure('0'), 'USD'), '0.00 USD'],
  [percent(figure('0.123456')), '12.35 %'],
  [signedPercent(figure('-0.0812')), '-8.12 %'],
  [signedPercent(figure('0.05')), '+5.00 %'],
  [ratio(figure('1.4142135623')), '1.41'],
  [duration(figure('86400')), '24.0 h'],
  [duration(figure('864000')), '10.0 days'],
] as const) {
  test(`a figure reads ${expected}`, () => {
    assert.equal(shown, expected)
  })
}

test('what is not defined says why, known word or not', () => {
  assert.equal(ratio({ value: null, reason: 'too_few_days' }), '– too few days')
  assert.equal(ratio({ value: null, reason: 'not_recovered' }), '– not recovered')
})

test('an account that does not add up is named with what is missing', () => {
  const sample = samplePerformance()
  const [account] = sample.completeness
  assert.ok(account)
  const [asset] = account.assets
  assert.ok(asset)
  const off = { ...account, complete: false, assets: [{ ...asset, residual: '-3.5', withinTolerance: false }] }
  const [line = ''] = completeness({ ...sample, completeness: [off] }, 100)
  assert.match(line, /^residual {2}binance account-11 {2}USDT -3\.5$/)
})

test('nothing of a performance is wider than its room', () => {
  const sample = samplePerformance(30)
  const markets = sample.markets.map((market, at) => {
    const volume = figure('123456789012.34')
    return { ...market, market: `1000000COIN${at}/USDT-PERPETUAL`, volume, realisedPnl: figure('-98765432.10') }
  })
  for (const line of performanceLines({ ...sample, markets }, 100)) assert.ok(widthOf(line) <= 100, line)
})

test('a curve names the venue, the currency and the days it shows', () => {
  const nav = (day: string, value: string | null): Parameters<typeof equityCurve>[1][number] =>
    ({ day, nav: value === null ? { value, reason: 'unpriced' } : { value } }) as Parameters<
      typeof equityCurve
    >[1][number]
  const days = [nav('2026-01-01', null), nav('2026-01-02', '10'), nav('2026-01-03', '12')]
  const [title = '', ...lines] = equityCurve(samplePerformance(), days, 4, 80)
  assert.equal(title, 'binance: account value in USD, 2026-01-02 to 2026-01-03')
  assert.equal(lines.length, 4)
  for (const line of lines) assert.ok(widthOf(line) <= 80, line)
  assert.deepEqual(equityCurve(samplePerformance(), days.slice(0, 2), 4, 80), [])
})
