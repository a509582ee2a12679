import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import type { RootOfTrust } from '../ports/root-of-trust.ts'
import { isSealedBlob, openBlob, sealBlob } from './sealed-blob.ts'

const MAGIC = Buffer.from('perf-aggregator/tee-seal/v1\n')

/**
 * Seals under a key the TEE derives for this measurement on this machine and gives to nobody else. The TEE's key itself encrypts
 * nothing: Gramine uses it for files of its own too.
 *
 * Blob: the magic is its head. Key: HKDF-SHA-256 of the TEE's key, salted with
 * the magic, with the name as info.
 */
export class SealingKey implements RootOfTrust {
  readonly name: string
  readonly #key: KeyObject
  readonly #random: Random

  /** @param secret the TEE's key: 16 to 64 bytes, copied; the caller wipes it. A key of zeros is none. */
  constructor(name: string, secret: Uint8Array, random: Random) {
    if (secret.length < 16 || secret.length > 64 || secret.every((byte) => byte === 0)) {
      throw new EnclaveError('tee_unavailable', `${name}: the TEE gave no sealing key`)
    }
    const derived = Buffer.from(hkdfSync('sha256', secret, MAGIC, name, 32))
    try {
      this.#key = createSecretKey(derived)
    } finally {
      derived.fill(0)
    }
    this.name = name
    this.#random = random
  }

  async seal(secret: Uint8Array): Promise<Uint8Array> {
    return sealBlob(MAGIC, this.#key, secret, this.#random)
  }

  /** Rejects `root_of_trust`: altered, or sealed by another measurement or machine, which look the same. */
  async unseal(blob: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (!isSealedBlob(blob, MAGIC.length) || !MAGIC.equals(blob.subarray(0, MAGIC.length))) {
      throw new EnclaveError('root_of_trust', 'this is nothing a TEE sealed')
    }
    const secret = openBlob(blob, MAGIC.length, this.#key)
    if (secret !== null) return secret
    throw new EnclaveError('root_of_trust', 'sealed by another measurement or on another machine, or altered since')
  }
}

/** Of families whose hardware seals nothing. Refuses, rather than to keep a key where the host could read it. */
export class NoSealing implements RootOfTrust {
  readonly name: string
  readonly #why: string

  constructor(name: string, why: string) {
    this.name = name
    this.#why = why
  }

  seal(): Promise<Uint8Array> {
    return Promise.reject(this.#refusal())
  }

  unseal(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.reject(this.#refusal())
  }

  #refusal(): EnclaveError {
    return new EnclaveError('root_of_trust', this.#why)
  }
}
