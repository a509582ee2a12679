/** The little exact arithmetic a venue's parser needs. Amounts are `Decimal` strings; scale and trailing zeros are kept. */
import type { Decimal } from '@perf-aggregator/performance'

const PLAIN = /^-?\d{1,200}(?:\.\d{1,200})?$/
const EXPONENT = /^(-?)(\d{1,200})(?:\.(\d{1,200}))?[eE]([+-]?\d{1,3})$/

/** The decimal a venue wrote, character for character; exponents (`8.9e-7`, JSON numbers only) are written out. Null: not a decimal. */
export function readDecimal(text: string): Decimal | null {
  if (PLAIN.test(text)) return text
  const match = EXPONENT.exec(text)
  if (match === null) return null
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const digits = whole + fraction
  const point = whole.length + Number(power)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

export function isZero(value: Decimal): boolean {
  return !/[1-9]/.test(value)
}

export function isNegative(value: Decimal): boolean {
  return value.startsWith('-') && !isZero(value)
}

/** Without its sign. */
export function magnitude(value: Decimal): Decimal {
  return value.startsWith('-') ? value.slice(1) : value
}

/** Exact; the result has the longer of the two scales. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(scaleOf(left), scaleOf(right))
  return write(unscaled(left, scale) + unscaled(right, scale), scale)
}

/** `left / right` rounded half to even at `scale` places. `right` is not zero. */
export function divideDecimals(left: Decimal, right: Decimal, scale: number): Decimal {
  const common = Math.max(scaleOf(left), scaleOf(right))
  const dividend = unscaled(left, common) * 10n ** BigInt(scale)
  const divisor = unscaled(right, common)
  const negative = dividend < 0n !== divisor < 0n
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  let quotient = top / bottom
  const twice = (top % bottom) * 2n
  if (twice > bottom || (twice === bottom && quotient % 2n === 1n)) quotient += 1n
  return write(negative ? -quotient : quotient, scale)
}

function scaleOf(value: Decimal): number {
  const point = value.indexOf('.')
  return point === -1 ? 0 : value.length - point - 1
}

function unscaled(value: Decimal, scale: number): bigint {
  return BigInt(value.replace('.', '') + '0'.repeat(scale - scaleOf(value)))
}

function write(value: bigint, scale: number): Decimal {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
