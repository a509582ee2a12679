/** Signature checks by OpenSSL, through node:crypto. Selected by the `node` condition of `#signatures`. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { SIGNATURE_SIZES, type SignatureVerifier } from '@perf-aggregator/protocol'

/** DER of SubjectPublicKeyInfo before the raw key: RFC 8410 section 4, RFC 9881 section 4. */
const SPKI_PREFIX = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  mlDsa44: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
  mlDsa65: Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex'),
} as const

export const signatures: SignatureVerifier = {
  ed25519: (publicKey, message, signature) => verified('ed25519', publicKey, message, signature),
  mlDsa44: (publicKey, message, signature) => verified('mlDsa44', publicKey, message, signature),
  mlDsa65: (publicKey, message, signature) => verified('mlDsa65', publicKey, message, signature),
}

function verified(
  algorithm: keyof typeof SPKI_PREFIX,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const sizes = SIGNATURE_SIZES[algorithm]
  if (publicKey.length !== sizes.publicKey || signature.length !== sizes.signature) return false
  const key = importKey(algorithm, publicKey)
  return key !== null && verify(null, message, key, signature)
}

/** Null for bytes that are no key of the algorithm. */
function importKey(algorithm: keyof typeof SPKI_PREFIX, publicKey: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({
      key: Buffer.concat([SPKI_PREFIX[algorithm], publicKey]),
      format: 'der',
      type: 'spki',
    })
  } catch {
    return null
  }
}
