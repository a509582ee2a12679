/** Canonical decimal text: one value, one string. */
import type { Decimal } from '../events.ts'
import { divideHalfEven, MONEY_SCALE, powerOfTen } from './arithmetic.ts'
import type { Scaled } from './parse.ts'

/** Places of a published ratio. */
const RATIO_PLACES = 10

/** Shortest text: no trailing zero after the point, no point without digits, no negative zero. */
export function formatDecimal({ coefficient, scale }: Scaled): Decimal {
  const text = formatFixed(coefficient, scale)
  if (scale === 0) return text
  let end = text.length
  while (text[end - 1] === '0') end--
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end)
}

/** An amount of the reporting currency. */
export function formatMoney(amount: bigint): Decimal {
  return formatDecimal({ coefficient: amount, scale: MONEY_SCALE })
}

/** An exact fraction at `MONEY_SCALE`, rounded half-even to the places of a ratio. */
export function formatFraction(fraction: bigint): Decimal {
  return formatFixed(divideHalfEven(fraction, powerOfTen(MONEY_SCALE - RATIO_PLACES)), RATIO_PLACES)
}

/** A finite double to the places of a ratio. ECMAScript defines every digit of `toFixed` exactly. */
export function formatRatio(value: number): Decimal {
  const magnitude = Math.abs(value)
  if (magnitude >= 1e21) return `${BigInt(value)}.${'0'.repeat(RATIO_PLACES)}`
  const text = magnitude.toFixed(RATIO_PLACES)
  return value < 0 && Number(text) !== 0 ? `-${text}` : text
}

function formatFixed(coefficient: bigint, scale: number): string {
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().padStart(scale + 1, '0')
  const sign = coefficient < 0n ? '-' : ''
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
