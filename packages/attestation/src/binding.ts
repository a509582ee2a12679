/**
 * What the evidence's report data commits to (requirement A2): every public key a client will rely on,
 * and the release, in one domain-separated hash that is the same on every TEE.
 */

export const BINDING_TAG = 'perf-aggregator/attest/v1'

export interface Binding {
  /** 32 to 64 bytes chosen by the client; the enclave's own at boot for the evidence in certificates. */
  readonly nonce: Uint8Array
  /** 32 bytes */
  readonly hpkeX25519: Uint8Array
  /** 1,216 bytes: ML-KEM-768 encapsulation key, then X25519 */
  readonly hpkeXWing: Uint8Array
  /** 32 bytes */
  readonly signEd25519: Uint8Array
  /** 1,952 bytes */
  readonly signMlDsa65: Uint8Array
  /** SHA-256 of the TLS key's SPKI, or empty where TLS does not end in the enclave */
  readonly tlsKeySha256: Uint8Array
  /** SHA-256 release digest: the digest of the measured set, 32 bytes */
  readonly release: Uint8Array
  readonly logOrigin: string
  readonly keyEpoch: number
  /** Seconds since 1970, UTC: the keys must not be used after it */
  readonly notAfter: number
}
