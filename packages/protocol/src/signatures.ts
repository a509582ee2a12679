/**
 * How this package asks for a signature check: it holds no crypto of its own, so a browser supplies WebCrypto or
 * a portable implementation, and the enclave supplies OpenSSL. Keys and signatures are raw bytes, already of the
 * right length (see {@link SIGNATURE_SIZES}).
 *
 * An implementation answers `false` for a signature that does not verify, a malformed key included, and rejects only
 * when it could not check at all: a caller treats a rejection as "not verified" and never as success.
 */
export interface SignatureVerifier {
  /** RFC 8032 Ed25519. */
  ed25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean
  /** FIPS 204 ML-DSA-44, pure, empty context. */
  mlDsa44(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean
  /** FIPS 204 ML-DSA-65, pure, empty context. */
  mlDsa65(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean
}

/** Bytes of a raw public key and of a signature, per algorithm. */
export const SIGNATURE_SIZES = {
  ed25519: { publicKey: 32, signature: 64 },
  mlDsa44: { publicKey: 1312, signature: 2420 },
  mlDsa65: { publicKey: 1952, signature: 3309 },
} as const
