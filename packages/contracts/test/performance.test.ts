import assert from 'node:assert/strict'
import { test } from 'node:test'
import type * as domain from '@perf-aggregator/performance'
import * as contracts from '../src/index.ts'

/** True only where each of the two is assignable to the other. */
type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** Without `readonly`, which assignability of properties does not look at. */
type Keys<T> = T extends readonly (infer Item)[]
  ? Keys<Item>[]
  : T extends object
    ? { [Name in keyof T]-?: Keys<T[Name]> }
    : T

test('the schemas of the figures and the figures themselves are one type', () => {
  const performance: Mutual<contracts.Performance, domain.Performance> = true
  const dayValue: Mutual<contracts.DayValue, domain.DayValue> = true
  const exactPerformance: Mutual<Keys<contracts.Performance>, Keys<domain.Performance>> = true
  const exactDayValue: Mutual<Keys<contracts.DayValue>, Keys<domain.DayValue>> = true
  assert.ok(performance && dayValue && exactPerformance && exactDayValue)
})

test('the check itself notices a field too many, a field too few and a field of another type', () => {
  const wider: Mutual<{ a: string; b?: string }, { a: string }> = true
  const missing: Mutual<{ a: string; b: string }, { a: string }> = false
  const other: Mutual<{ a: string | null }, { a: string }> = false
  assert.deepEqual([wider, missing, other], [true, false, false])
})

test('the headline is a part of the performance', () => {
  const part: contracts.Headline extends Pick<domain.Performance, 'reportingCurrency' | 'closing'> ? true : false = true
  assert.ok(part)
  const total = Object.keys(contracts.Performance.properties.total.properties)
  const own = new Set(['reportingCurrency', 'closing'])
  for (const name of Object.keys(contracts.Headline.properties)) assert.ok(own.has(name) || total.includes(name), name)
})
