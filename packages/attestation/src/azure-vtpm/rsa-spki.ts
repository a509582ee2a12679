/** An RSA key of a JWK (RFC 7518 section 6.3.1) in the form the `Mathematics` port takes. */
import { type Bytes, concat, u16 } from '../bytes/index.ts'

const MODULUS_SIZE = 256
const MAX_EXPONENT_SIZE = 4
const INTEGER = 0x02
const BIT_STRING = 0x03
const SEQUENCE = 0x30
/** AlgorithmIdentifier of rsaEncryption with its NULL (RFC 8017 appendix A.1), DER. */
const RSA_ENCRYPTION = Uint8Array.of(0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0)

/**
 * SubjectPublicKeyInfo, DER, of a key of 2,048 bits, which is what a vTPM's attestation key is.
 *
 * @throws {TypeError} for a key of another size, or one that is written with leading zeros or is even
 */
export function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  const isModulus = modulus.length === MODULUS_SIZE && (modulus[0] ?? 0) >= 0x80
  const isExponent = exponent.length > 0 && exponent.length <= MAX_EXPONENT_SIZE && exponent[0] !== 0
  const isOdd = [modulus, exponent].every((number) => ((number.at(-1) ?? 0) & 1) === 1)
  const isOne = exponent.length === 1 && exponent[0] === 1
  if (!isModulus || !isExponent || !isOdd || isOne) throw new TypeError('no RSA key of 2,048 bits')
  const key = tagged(SEQUENCE, concat(positive(modulus), positive(exponent)))
  return tagged(SEQUENCE, concat(RSA_ENCRYPTION, tagged(BIT_STRING, concat(Uint8Array.of(0), key))))
}

function positive(magnitude: Uint8Array): Bytes {
  const sign = (magnitude[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0)
  return tagged(INTEGER, concat(sign, magnitude))
}

function tagged(tag: number, content: Uint8Array): Bytes {
  const { length } = content
  const coded =
    length < 0x80
      ? Uint8Array.of(length)
      : length < 0x100
        ? Uint8Array.of(0x81, length)
        : concat(Uint8Array.of(0x82), u16(length))
  return concat(Uint8Array.of(tag), coded, content)
}
