/**
 * Signature checks where there is no OpenSSL: WebCrypto for Ed25519, @noble/post-quantum for ML-DSA, which browsers do not
 * have yet. Selected by the `default` condition of `#signatures`.
 */
import { ml_dsa44, ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { SIGNATURE_SIZES, type SignatureVerifier } from '@perf-aggregator/protocol'

export const signatures: SignatureVerifier = {
  async ed25519(publicKey, message, signature) {
    if (!sized('ed25519', publicKey, signature)) return false
    const key = await importEd25519(publicKey)
    return (
      key !== null && (await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message)))
    )
  },
  mlDsa44: (publicKey, message, signature) =>
    sized('mlDsa44', publicKey, signature) && ml_dsa44.verify(signature, message, publicKey),
  mlDsa65: (publicKey, message, signature) =>
    sized('mlDsa65', publicKey, signature) && ml_dsa65.verify(signature, message, publicKey),
}

function sized(algorithm: keyof typeof SIGNATURE_SIZES, publicKey: Uint8Array, signature: Uint8Array): boolean {
  const sizes = SIGNATURE_SIZES[algorithm]
  return publicKey.length === sizes.publicKey && signature.length === sizes.signature
}

/** Null for bytes that are no point of the curve. */
async function importEd25519(publicKey: Uint8Array): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
  } catch {
    return null
  }
}
