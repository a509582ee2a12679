/** The hash functions of the port, by their lengths. */
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512'

/**
 * The signature schemes of the port:
 * - `ed25519`: RFC 8032; key raw, 32 bytes; signature 64 bytes.
 * - `ecdsa-p256-sha256`, `ecdsa-p384-sha384`: FIPS 186-5; key raw (uncompressed point, 65 or 97 bytes) or SPKI; signature r‖s
 *   (64 or 96 bytes), never DER.
 * - `rsa-pss-sha384`: RSASSA-PSS with MGF1-SHA-384 and a salt of 48 bytes; key SPKI with the rsaEncryption identifier.
 * - `rsa-pkcs1-sha256`: RSASSA-PKCS1-v1_5 with SHA-256; key SPKI.
 */
export type SignatureScheme =
  | 'ed25519'
  | 'ecdsa-p256-sha256'
  | 'ecdsa-p384-sha384'
  | 'rsa-pss-sha384'
  | 'rsa-pkcs1-sha256'

export interface PublicKey {
  readonly form: 'raw' | 'spki'
  readonly bytes: Uint8Array
}

/** The cryptography the engine needs from outside, so that one engine runs in a browser and in Node. */
export interface Mathematics {
  digest(algorithm: DigestAlgorithm, bytes: Uint8Array): Promise<Uint8Array>
  /**
   * False for whatever does not verify, a key that is no key of the scheme included. Rejects only when it could not check,
   * which the engine counts as "not verified".
   */
  verifySignature(scheme: SignatureScheme, key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}
