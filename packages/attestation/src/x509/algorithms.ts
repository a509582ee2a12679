/** Public keys and signatures as X.509 writes them, into the form the `Mathematics` port takes. */
import {
  bitOctets,
  context,
  type DerValue,
  integerBytes,
  oid,
  readDer,
  sequence,
  smallInteger,
  TAG,
  unsigned,
} from '../der/index.ts'
import { AttestationError } from '../errors.ts'
import type { SignatureScheme } from '../mathematics.ts'
import { OID } from './oids.ts'

/** A SubjectPublicKeyInfo of the profile: EC on P-256 or P-384 with an uncompressed point, or RSA of 2,048 to 4,096 bits. */
export interface SubjectKey {
  readonly kind: 'p256' | 'p384' | 'rsa'
  /** DER, as in the certificate: `{ form: 'spki', bytes: spki }` for the port */
  readonly spki: Uint8Array
}

/** A signature of a certificate or CRL, as the port takes it. */
export interface Signature {
  readonly scheme: Exclude<SignatureScheme, 'ed25519'>
  /** ECDSA: r‖s. RSA: as it stands. */
  readonly bytes: Uint8Array
}

/** The kind of key that makes signatures of a scheme. */
export const KEY_KIND: Readonly<Record<Signature['scheme'], SubjectKey['kind']>> = {
  'ecdsa-p256-sha256': 'p256',
  'ecdsa-p384-sha384': 'p384',
  'rsa-pss-sha384': 'rsa',
  'rsa-pkcs1-sha256': 'rsa',
}

const POINT_SIZE = { p256: 65, p384: 97 } as const

export function readSubjectKey(value: DerValue | undefined): SubjectKey {
  const [algorithm, key, ...rest] = sequence(value)
  if (value === undefined || rest.length > 0) throw unknown('a public key of another form')
  const [identifier, parameters, ...others] = sequence(algorithm)
  if (others.length > 0) throw unknown('a public key of another form')
  const bytes = bitOctets(key)
  if (oid(identifier) === OID.ecPublicKey) {
    const curve = oid(parameters)
    const kind = curve === OID.p256 ? 'p256' : curve === OID.p384 ? 'p384' : null
    if (kind === null || bytes.length !== POINT_SIZE[kind] || bytes[0] !== 4) {
      throw unknown('an EC key that is no uncompressed point of P-256 or P-384')
    }
    return { kind, spki: value.whole }
  }
  if (oid(identifier) !== OID.rsaEncryption || !isNull(parameters)) throw unknown('a public key of another algorithm')
  readRsaKey(bytes)
  return { kind: 'rsa', spki: value.whole }
}

/** The kind of key a SubjectPublicKeyInfo is, or null for one that is not of the profile, or not exactly one. */
export function subjectKeyKind(spki: Uint8Array): SubjectKey['kind'] | null {
  try {
    return readSubjectKey(readDer(spki)).kind
  } catch {
    return null
  }
}

function readRsaKey(bytes: Uint8Array): void {
  const [modulus, exponent, ...rest] = sequence(readDer(bytes))
  const size = unsigned(modulus, 512).findIndex((byte) => byte !== 0)
  const bits = size < 0 ? 0 : (512 - size) * 8
  const publicExponent = smallInteger(exponent)
  if (rest.length > 0 || bits < 2048 || publicExponent < 3 || publicExponent % 2 === 0) {
    throw unknown('an RSA key of another size or form')
  }
}

/** Signature algorithm and value. Names and parameters in their one form each. */
export function readSignature(algorithm: DerValue | undefined, value: DerValue | undefined): Signature {
  const scheme = readScheme(algorithm)
  const bytes = bitOctets(value)
  if (scheme === 'ecdsa-p256-sha256') return { scheme, bytes: rawEcdsa(bytes, 32) }
  if (scheme === 'ecdsa-p384-sha384') return { scheme, bytes: rawEcdsa(bytes, 48) }
  return { scheme, bytes }
}

function readScheme(algorithm: DerValue | undefined): Signature['scheme'] {
  const [identifier, parameters, ...rest] = sequence(algorithm)
  if (rest.length > 0) throw unknown('a signature algorithm of another form')
  switch (oid(identifier)) {
    case OID.ecdsaWithSha256:
      if (parameters === undefined) return 'ecdsa-p256-sha256'
      break
    case OID.ecdsaWithSha384:
      if (parameters === undefined) return 'ecdsa-p384-sha384'
      break
    case OID.sha256WithRsa:
      if (isNull(parameters)) return 'rsa-pkcs1-sha256'
      break
    case OID.rsaPss:
      if (isPssSha384(parameters)) return 'rsa-pss-sha384'
      break
    default:
  }
  throw unknown('a signature algorithm that is not of the profile')
}

/** RFC 4055 section 3.1: SHA-384, MGF1 with SHA-384, salt of 48 bytes, and the trailer either left out or 1. */
function isPssSha384(parameters: DerValue | undefined): boolean {
  const [hash, mask, salt, trailer, ...rest] = sequence(parameters)
  const [maskFunction, maskHash, ...others] = sequence(tagged(mask, 1))
  return (
    rest.length === 0 &&
    others.length === 0 &&
    isSha384(tagged(hash, 0)) &&
    oid(maskFunction) === OID.mgf1 &&
    isSha384(maskHash) &&
    smallInteger(tagged(salt, 2)) === 48 &&
    (trailer === undefined || smallInteger(tagged(trailer, 3)) === 1)
  )
}

function isSha384(algorithm: DerValue | undefined): boolean {
  const [identifier, parameters, ...rest] = sequence(algorithm)
  return rest.length === 0 && oid(identifier) === OID.sha384 && (parameters === undefined || isNull(parameters))
}

function tagged(value: DerValue | undefined, number: number): DerValue | undefined {
  if (value?.tag !== context.constructed(number) || value.children.length !== 1) {
    throw unknown('parameters of another form')
  }
  return value.children[0]
}

function isNull(value: DerValue | undefined): boolean {
  return value?.tag === TAG.null && value.content.length === 0
}

/** DER `SEQUENCE { r, s }` to r‖s. */
function rawEcdsa(signature: Uint8Array, size: 32 | 48): Uint8Array {
  const [r, s, ...rest] = sequence(readDer(signature))
  if (rest.length > 0) throw unknown('an ECDSA signature of another form')
  const raw = new Uint8Array(2 * size)
  raw.set(unsigned(r, size))
  raw.set(unsigned(s, size), size)
  return raw
}

/** Serial numbers are compared as they stand: RFC 5280 wants them positive, AMD's VCEKs have zero, others are negative. */
export function readSerial(value: DerValue | undefined): Uint8Array {
  return integerBytes(value, 21)
}

function unknown(what: string): AttestationError {
  return new AttestationError('der_malformed', what)
}
