/** Exact arithmetic from decimal text to canonical decimal text, for callers who hold amounts as strings. */
import type { Decimal } from '../events.ts'
import { add, compare, multiply, negate } from './arithmetic.ts'
import { formatDecimal } from './format.ts'
import { parseDecimal } from './parse.ts'

/** @throws PerformanceError `decimal_malformed`, `decimal_too_long`, as every function here */
export function addDecimals(...terms: readonly Decimal[]): Decimal {
  return formatDecimal(terms.map(parseDecimal).reduce(add, { coefficient: 0n, scale: 0 }))
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return formatDecimal(add(parseDecimal(a), negate(parseDecimal(b))))
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return formatDecimal(multiply(parseDecimal(a), parseDecimal(b)))
}

export function compareDecimals(a: Decimal, b: Decimal): -1 | 0 | 1 {
  return compare(parseDecimal(a), parseDecimal(b))
}

/** The shortest text of the same value: `01.500` is `1.5`. */
export function canonicalDecimal(text: Decimal): Decimal {
  return formatDecimal(parseDecimal(text))
}
