/**
 * Exact amounts: a bigint counting units of 10⁻¹⁸. One fixed scale keeps every sum exact, and a price of up to 8 decimals
 * times a quantity of up to 8 always fits. Anything that would lose a digit throws, unless rounding is asked for by name.
 */
export type Amount = bigint

/** Decimals an `Amount` carries. */
export const SCALE = 18
const ONE = 10n ** BigInt(SCALE)

export class AmountError extends Error {
  override readonly name = 'AmountError'
}

/** Reads `-?digits[.digits]`; throws on anything else and on more than 18 decimals. */
export function amount(text: string): Amount {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (parts === null) throw new AmountError('not a plain decimal')
  const [, sign, whole = '', fraction = ''] = parts
  const digits = fraction.replace(/0+$/, '')
  if (digits.length > SCALE) throw new AmountError('more than 18 decimals')
  const units = BigInt(whole) * ONE + BigInt(digits.padEnd(SCALE, '0'))
  return sign === '-' ? -units : units
}

/** The smallest amount of so many decimals. */
export function unit(decimals: number): Amount {
  return 10n ** BigInt(SCALE - decimals)
}

/** `a × b`; throws when the product needs more than 18 decimals. */
export function times(a: Amount, b: Amount): Amount {
  const product = a * b
  if (product % ONE !== 0n) throw new AmountError('product needs more than 18 decimals')
  return product / ONE
}

/** `a × numerator / denominator`, toward zero at `decimals`. */
export function share(a: Amount, numerator: bigint, denominator: bigint, decimals: number): Amount {
  return floorTo((a * numerator) / denominator, decimals)
}

/** `a ÷ b`, toward zero at `decimals`. */
export function over(a: Amount, b: Amount, decimals: number): Amount {
  return floorTo((a * ONE) / b, decimals)
}

/** Toward zero at `decimals`. */
export function floorTo(a: Amount, decimals: number): Amount {
  const step = unit(decimals)
  return (a / step) * step
}

/** Half away from zero at `decimals`: how a venue rounds a cost or a fee. */
export function roundTo(a: Amount, decimals: number): Amount {
  const step = unit(decimals)
  const half = a < 0n ? -step / 2n : step / 2n
  return ((a + half) / step) * step
}

/** Product rounded half away from zero at `decimals`. */
export function timesRounded(a: Amount, b: Amount, decimals: number): Amount {
  return roundTo((a * b) / ONE, decimals)
}

/** Text with exactly `decimals` decimals; throws rather than drop a digit. */
export function fixed(a: Amount, decimals: number): string {
  const step = unit(decimals)
  if (a % step !== 0n) throw new AmountError('the amount has more decimals than the venue prints')
  const units = (a < 0n ? -a : a) / step
  const digits = units.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const sign = a < 0n ? '-' : ''
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`
}

/** Shortest exact text, no trailing zeros. */
export function plain(a: Amount): string {
  return fixed(a, SCALE).replace(/\.?0+$/, '')
}

/** Decimals that `a` needs. */
export function decimalsOf(a: Amount): number {
  return plain(a).split('.')[1]?.length ?? 0
}

/** Text with `decimals` decimals, more where the amount needs them. */
export function fixedAtLeast(a: Amount, decimals: number): string {
  return fixed(a, Math.max(decimals, decimalsOf(a)))
}
