/**
 * Logarithm, exponential and power from + − × ÷ alone, each of which IEEE 754 rounds exactly: the same bits on every
 * machine. ECMAScript leaves the precision of `Math.log`, `Math.exp` and `Math.pow` to the engine.
 */

/** ln 2 in two parts: the first has few enough digits that small multiples of it are exact. */
const LN2_HIGH = 0.69314718036912381649
const LN2_LOW = 1.90821492927058770002e-10
const SQRT2 = Math.SQRT2
const LOG_TERMS = 16
const EXP_TERMS = 20
/** e^709 is the last below the greatest double. */
const EXP_OVERFLOW = 709
const EXP_UNDERFLOW = -745

/** Natural logarithm of a number above zero. */
export function logarithm(value: number): number {
  if (!(value > 0) || value === Infinity) return value === 0 ? -Infinity : value === Infinity ? Infinity : Number.NaN
  let mantissa = value
  let exponent = 0
  while (mantissa > SQRT2) {
    mantissa /= 2
    exponent++
  }
  while (mantissa * 2 <= SQRT2) {
    mantissa *= 2
    exponent--
  }
  // ln m = 2 artanh((m − 1) / (m + 1)), |argument| ≤ 0.172
  const argument = (mantissa - 1) / (mantissa + 1)
  const square = argument * argument
  let series = 0
  for (let term = LOG_TERMS; term >= 0; term--) series = series * square + 1 / (2 * term + 1)
  return exponent * LN2_HIGH + (2 * argument * series + exponent * LN2_LOW)
}

/** e^value; Infinity beyond the greatest double. */
export function exponential(value: number): number {
  if (Number.isNaN(value)) return value
  if (value > EXP_OVERFLOW) return Infinity
  if (value < EXP_UNDERFLOW) return 0
  const exponent = Math.floor(value / (LN2_HIGH + LN2_LOW) + 0.5)
  const rest = value - exponent * LN2_HIGH - exponent * LN2_LOW
  let series = 1
  for (let term = EXP_TERMS; term >= 1; term--) series = 1 + (rest / term) * series
  for (let doubling = 0; doubling < exponent; doubling++) series *= 2
  for (let halving = 0; halving > exponent; halving--) series /= 2
  return series
}

/** base^exponent for a base of at least zero and a finite exponent. */
export function power(base: number, exponent: number): number {
  if (base === 0) return exponent === 0 ? 1 : exponent > 0 ? 0 : Infinity
  return exponential(exponent * logarithm(base))
}
