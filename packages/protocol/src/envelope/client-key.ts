/** Whether 32 bytes are an Ed25519 public key that only its owner can sign under. Public values: nothing runs in constant time. */
const P = 2n ** 255n - 19n
/** The curve is −x² + y² = 1 + D·x²·y² (RFC 8032, section 5.1). */
const D = modulo(-121_665n * power(121_666n, P - 2n))
const SIGN = 2n ** 255n

/**
 * False for what is no point of the curve (nobody could ever prove possession of it) and for the eight points of small
 * order (anybody could: a signature made without a key verifies under them).
 */
export function isClientKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false
  const y = littleEndian(bytes) % SIGN
  if (y >= P) return false
  const y2 = modulo(y * y)
  // Doubled once, twice or thrice, a point of small order is the neutral one: then one of these three is zero.
  if (y === 0n || y2 === 1n || modulo(D * y2 * y2 + 2n * y2 - 1n) === 0n) return false
  // x² = (y² − 1) / (D·y² + 1), which has a root when numerator times denominator has one.
  return power(modulo((y2 - 1n) * (D * y2 + 1n)), (P - 1n) / 2n) === 1n
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n)
}

function modulo(number: bigint): bigint {
  const rest = number % P
  return rest < 0n ? rest + P : rest
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let [square, left] = [base, exponent]; left > 0n; left /= 2n) {
    if (left % 2n === 1n) result = modulo(result * square)
    square = modulo(square * square)
  }
  return result
}
