/**
 * Exact arithmetic on scaled BigInts. Sums, differences and products are exact; a quotient is rounded half-even,
 * and only where a rule of `docs/performance.md` names a division.
 */
import type { Scaled } from './parse.ts'

/** Places of every amount in the reporting currency and of every price: the grid on which quotients are rounded. */
export const MONEY_SCALE = 18

const POWERS: readonly bigint[] = Array.from({ length: 256 }, (_, exponent) => 10n ** BigInt(exponent))

/** 10^exponent, for an exponent of at least zero. */
export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent)
}

export const ONE: bigint = powerOfTen(MONEY_SCALE)

/** `numerator / denominator` to the nearest integer, ties to the even one. The denominator is above zero. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const rest = numerator - quotient * denominator
  if (rest === 0n) return quotient
  const twice = rest < 0n ? -rest - rest : rest + rest
  if (twice < denominator || (twice === denominator && (quotient & 1n) === 0n)) return quotient
  return rest < 0n ? quotient - 1n : quotient + 1n
}

/**
 * The share `part / total` of `whole`, on the whole's own grid. Whoever cuts a whole into slices subtracts each from
 * what is left and gives the last slice the rest, so the slices always sum to the whole.
 */
export function prorate(whole: bigint, part: bigint, total: bigint): bigint {
  return divideHalfEven(whole * part, total)
}

/** Coefficient of `value` at `scale`; digits below it are rounded half-even. */
export function atScale({ coefficient, scale: from }: Scaled, scale: number): bigint {
  if (from === scale) return coefficient
  if (from < scale) return coefficient * powerOfTen(scale - from)
  return divideHalfEven(coefficient, powerOfTen(from - scale))
}

export function atMoneyScale(value: Scaled): bigint {
  return atScale(value, MONEY_SCALE)
}

export function multiply(a: Scaled, b: Scaled): Scaled {
  return { coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale }
}

export function add(a: Scaled, b: Scaled): Scaled {
  const scale = Math.max(a.scale, b.scale)
  return { coefficient: atScale(a, scale) + atScale(b, scale), scale }
}

export function negate({ coefficient, scale }: Scaled): Scaled {
  return { coefficient: -coefficient, scale }
}

export function subtract(a: Scaled, b: Scaled): Scaled {
  return add(a, negate(b))
}

/** Below zero, zero or above it, as `a` is less than, equal to or greater than `b`. */
export function compare(a: Scaled, b: Scaled): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale)
  const left = atScale(a, scale)
  const right = atScale(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

export const NOUGHT: Scaled = { coefficient: 0n, scale: 0 }
