/** Strict reading of decimal text. JavaScript numbers never carry money: they lose digits. */
import { PerformanceError } from '../errors.ts'
import type { Decimal } from '../events.ts'

/** `coefficient / 10^scale`, exactly. The scale is that of the text: `1.50` has two places. */
export interface Scaled {
  readonly coefficient: bigint
  readonly scale: number
}

/** Longest text read; the largest supply of any token in its smallest unit has half as many digits. */
const LONGEST = 64
/** Every integer of so many digits is exact in a double, which is the fast way to a BigInt. */
const EXACT_DIGITS = 15

const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30

/**
 * `-?digits[.digits]` → exact value.
 * @throws PerformanceError `decimal_malformed`, `decimal_too_long`
 */
export function parseDecimal(text: Decimal): Scaled {
  const end = text.length
  if (end > LONGEST) throw new PerformanceError('decimal_too_long', 'a decimal has more digits than are read')
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  let point = -1
  let small = 0
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code === POINT && point === -1) point = index
    else if (code >= ZERO && code <= ZERO + 9) small = small * 10 + (code - ZERO)
    else throw malformed()
  }
  const whole = point === -1 ? end : point
  if (whole === start || whole === end - 1) throw malformed()
  const scale = point === -1 ? 0 : end - point - 1
  if (whole - start + scale > EXACT_DIGITS) {
    const magnitude = BigInt(point === -1 ? text.slice(start) : text.slice(start, point) + text.slice(point + 1))
    return { coefficient: start === 1 ? -magnitude : magnitude, scale }
  }
  return { coefficient: BigInt(start === 1 ? -small : small), scale }
}

function malformed(): PerformanceError {
  return new PerformanceError('decimal_malformed', 'a decimal is not of the form -?digits[.digits]')
}
