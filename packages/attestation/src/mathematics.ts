/**
 * The cryptography the engine needs from outside, so that the same engine runs on WebCrypto in a browser and on
 * OpenSSL in Node. Hardware families will need more (RSA-PSS, ECDSA on P-256 and P-384, SHA-256, SHA-384).
 */
export interface Mathematics {
  sha512(bytes: Uint8Array): Promise<Uint8Array>
  /**
   * RFC 8032 Ed25519 over raw keys (32 bytes) and signatures (64 bytes). False for whatever does not verify, a key that
   * is no point of the curve included. Rejects only when it could not check, which the engine counts as "not verified".
   */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}
