/**
 * The cryptography the envelope needs from outside: WebCrypto and a portable ML-KEM in a browser, OpenSSL in the
 * enclave. Everything may be asynchronous. What comes back and is secret lies in memory of its own, which this package
 * wipes after use; an implementation keeps no copy.
 */
export type Awaitable<Value> = Value | Promise<Value>

/** One AEAD of RFC 9180 section 7.3, with 12-byte nonces and 16-byte tags. */
export interface Aead {
  readonly id: number
  readonly keyLength: 16 | 32
  /** ciphertext ‖ tag */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>
  /** Rejects when the tag is wrong; nothing of the plaintext gets out then. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Awaitable<Uint8Array>
}

/** One X25519 key pair whose private half never shows. */
export interface X25519Key {
  /** 32 bytes */
  readonly publicKey: Uint8Array
  /** RFC 7748 X25519: 32 bytes. May reject for points of low order; whoever calls checks for zeros besides. */
  agree(peer: Uint8Array): Awaitable<Uint8Array>
}

/** What both sides need. */
export interface HpkePrimitives {
  readonly aes256Gcm: Aead
  /** HMAC-SHA-256 (RFC 2104); an empty key is allowed. 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Awaitable<Uint8Array>
  /** FIPS 202, 32 bytes. */
  sha3_256(message: Uint8Array): Awaitable<Uint8Array>
}

/** What the side that seals needs besides. */
export interface HpkeSenderPrimitives extends HpkePrimitives {
  /** Cryptographically strong. */
  randomBytes(length: number): Uint8Array
  generateX25519(): Awaitable<X25519Key>
  /** FIPS 203 ML-KEM-768: `publicKey` 1,184 bytes, `ciphertext` 1,088, `sharedSecret` 32. Rejects a malformed key. */
  encapsulateMlKem768(publicKey: Uint8Array): Awaitable<{ sharedSecret: Uint8Array; ciphertext: Uint8Array }>
}
