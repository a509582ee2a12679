/** Evidence on demand: binds this enclave's keys and release to a nonce (requirements A1, A2, A7). */
import { createHash } from 'node:crypto'
import { BINDING_SIZES, type Binding, encodeBinding } from '@perf-aggregator/attestation'
import { EnclaveError } from '../errors.ts'
import type { AttestationService, Quote } from '../http/services.ts'
import type { Attester } from '../ports/attester.ts'
import type { Clock } from '../ports/clock.ts'
import type { CollectorKeys } from '../ports/collector.ts'

/** What stays the same for as long as the process lives. */
export interface Identity {
  /** 32 bytes */
  readonly signEd25519: Uint8Array
  /** 1,952 bytes */
  readonly signMlDsa65: Uint8Array
  /** SHA-256 of the TLS key's SPKI, or empty where TLS does not end in the enclave. */
  readonly tlsKeySha256: Uint8Array
  /** Digest of the measured set, 32 bytes. */
  readonly release: Uint8Array
  readonly logOrigin: string
}

/** How long a client may go on using keys after it saw their evidence. */
const KEY_LIFETIME_SECONDS = 86_400

/**
 * Makes quotes. The HPKE keys live in the collector and are new whenever it starts: until {@link useKeys} was called
 * there is no quote, and after it no quote names the old ones.
 */
export class EnclaveAttestation implements AttestationService {
  readonly #attester: Attester
  readonly #clock: Clock
  readonly #identity: Identity
  /** Owned here, replaced whole by `useKeys`. */
  #keys: (CollectorKeys & { readonly keyEpoch: number }) | null = null

  constructor({ attester, clock, identity }: { attester: Attester; clock: Clock; identity: Identity }) {
    this.#attester = attester
    this.#clock = clock
    this.#identity = identity
  }

  /** The collector's keys from now on, and the number of their epoch; null while it is down. */
  useKeys(keys: CollectorKeys | null, keyEpoch = 0): void {
    this.#keys = keys === null ? null : { ...keys, keyEpoch }
  }

  /** Of the keys in use; 0 while there are none. */
  get keyEpoch(): number {
    return this.#keys?.keyEpoch ?? 0
  }

  /**
   * Evidence over `nonce`, 32 to 64 bytes, and everything a client relies on.
   * Rejects `invalid_nonce`, `collector_unavailable` (no HPKE keys at present), `tee_unavailable`.
   */
  async quote(nonce: Uint8Array): Promise<Quote> {
    const [least, most] = BINDING_SIZES.nonce
    if (nonce.length < least || nonce.length > most) {
      throw new EnclaveError('invalid_nonce', `a nonce is ${least} to ${most} bytes`)
    }
    const keys = this.#keys
    if (!keys) throw new EnclaveError('collector_unavailable', 'the collector is starting', { retryAfterSeconds: 1 })
    const binding = this.#bind(nonce, keys)
    const reportData = createHash('sha512').update(encodeBinding(binding)).digest()
    const { type, quote, endorsements } = await this.#attest(reportData)
    // The keys were replaced while the TEE was at work: what it signed would seal to a key that nobody holds any more.
    if (this.#keys !== keys) return this.quote(nonce)
    return { quote, evidenceType: type, endorsements, binding }
  }

  #bind(
    nonce: Uint8Array,
    { hpkeX25519, hpkeXWing, keyEpoch }: CollectorKeys & { readonly keyEpoch: number },
  ): Binding {
    const notAfter = Math.floor(this.#clock.now() / 1000) + KEY_LIFETIME_SECONDS
    return { ...this.#identity, nonce, hpkeX25519, hpkeXWing, keyEpoch, notAfter }
  }

  async #attest(reportData: Uint8Array): ReturnType<Attester['attest']> {
    try {
      return await this.#attester.attest(reportData)
    } catch (cause) {
      throw new EnclaveError('tee_unavailable', 'the TEE did not sign evidence', { cause, retryAfterSeconds: 5 })
    }
  }
}
