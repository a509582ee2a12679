/** The little that a venue's parser needs beside the ledger's own exact arithmetic. Amounts are `Decimal` strings. */
import type { Decimal } from '@perf-aggregator/performance'

/** Characters, at most: what the ledger reads. */
const LONGEST = 64
const PLAIN = /^-?\d+(?:\.\d+)?$/
const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/

/** The decimal a venue wrote, character for character; exponents (`8.9e-7`, JSON numbers only) are written out. Null: not a decimal. */
export function readDecimal(text: string): Decimal | null {
  if (text.length > LONGEST) return null
  if (PLAIN.test(text)) return text
  const match = EXPONENT.exec(text)
  if (match === null) return null
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const written = sign + shiftPoint(whole + fraction, whole.length + Number(power))
  return written.length > LONGEST ? null : written
}

/** `digits` with the point behind the `point`-th; zeros fill up on either side. */
function shiftPoint(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length)
  return `${digits.slice(0, point)}.${digits.slice(point)}`
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
