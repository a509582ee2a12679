/**
 * The evidence that certificates carry: for the keys, not for the certificate, so it is made once and renewed well
 * before the keys' `not_after` and whenever a new key epoch begins.
 */
import { bindingToJson } from '@perf-aggregator/attestation'
import { canonicalJsonBytes, type UnverifiedEvidence } from '@perf-aggregator/protocol'
import type { AttestationService } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'

const NONCE_BYTES = 32
/** Milliseconds; keys may be used for a day. */
const RENEW_AFTER = 3_600_000

export interface CertifiedKeys {
  readonly evidence: UnverifiedEvidence
  readonly keyEpoch: number
}

/** Owner of the evidence in use. */
export class CertificateEvidence {
  readonly #attestation: AttestationService
  readonly #clock: Clock
  readonly #random: Random
  #current: (CertifiedKeys & { readonly madeAt: number }) | null = null

  constructor(attestation: AttestationService, clock: Clock, random: Random) {
    this.#attestation = attestation
    this.#clock = clock
    this.#random = random
  }

  /** Rejects with what {@link AttestationService.quote} rejects with. */
  async current(): Promise<CertifiedKeys> {
    const now = this.#clock.now()
    if (this.#current !== null && now - this.#current.madeAt < RENEW_AFTER) return this.#current
    const { quote, evidenceType, endorsements, binding } = await this.#attestation.quote(
      this.#random.bytes(NONCE_BYTES),
    )
    this.#current = {
      evidence: { type: evidenceType, quote, endorsements, binding: canonicalJsonBytes(bindingToJson(binding)) },
      keyEpoch: binding.keyEpoch,
      madeAt: now,
    }
    return this.#current
  }

  /** Call when the keys change: the next certificate gets new evidence. */
  renew(): void {
    this.#current = null
  }
}
