/**
 * Sealing at rest: AES-256-GCM under a key of its own per message, with a key commitment.
 *
 * A sealed value, version 1:
 *
 *     0x01 ‖ id (32 random bytes) ‖ commitment (32) ‖ ciphertext ‖ tag (16)
 *     message key (32) ‖ commitment (32) = HKDF-SHA-512(sealing key, salt = id, info = "perf-aggregator/seal/v1", 64)
 *
 * The message key is used once, so the GCM nonce is twelve zero bytes and the limit of 2^32 messages with random
 * nonces (NIST SP 800-38D section 8.3) does not apply. The commitment is compared before anything is decrypted:
 * AES-GCM alone opens one ciphertext under several chosen keys (partitioning oracles), this does not.
 */

import type { KeyObject } from 'node:crypto'
import { createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'

const VERSION = 1
const ID_BYTES = 32
const KEY_BYTES = 32
const COMMITMENT_BYTES = 32
const TAG_BYTES = 16
const HEADER_BYTES = 1 + ID_BYTES + COMMITMENT_BYTES
const INFO = 'perf-aggregator/seal/v1'
/** Never reused under one key, because no key is used twice. */
const NONCE = new Uint8Array(12)

/** Bytes that sealing adds to a plaintext. */
export const SEAL_OVERHEAD = HEADER_BYTES + TAG_BYTES

/** Which check of `open` failed. `wrong_key` is the commitment: another key, or an altered header. */
export type UnsealReason = 'truncated' | 'unknown_version' | 'wrong_key' | 'altered'

const DETAIL: Record<UnsealReason, string> = {
  truncated: 'a sealed value is shorter than its header and tag',
  unknown_version: 'a sealed value has a version this enclave does not know',
  wrong_key: 'a sealed value was not sealed under this key',
  altered: 'a sealed value, or what it is bound to, was altered',
}

/** `unseal_failed`, with the check that failed. Callers who know whose value it was turn it into their own code. */
export class UnsealError extends EnclaveError {
  readonly reason: UnsealReason

  constructor(reason: UnsealReason) {
    super('unseal_failed', DETAIL[reason])
    this.reason = reason
  }
}

/** Authenticated, not secret: what a sealed value is bound to, for example its tenant and its row. */
export type Context = Uint8Array

/**
 * Seals `plaintext` under `key`, bound to `context`: opening needs the same bytes again.
 * The plaintext stays the caller's to wipe.
 */
export function seal(key: KeyObject, plaintext: Uint8Array, context: Context, random: Random): Buffer {
  const sealed = Buffer.allocUnsafeSlow(SEAL_OVERHEAD + plaintext.length)
  const id = random.bytes(ID_BYTES)
  const derived = derive(key, id)
  try {
    sealed[0] = VERSION
    sealed.set(id, 1)
    sealed.set(derived.commitment, 1 + ID_BYTES)
    const cipher = createCipheriv('aes-256-gcm', derived.messageKey, NONCE, { authTagLength: TAG_BYTES })
    cipher.setAAD(context)
    sealed.set(cipher.update(plaintext), HEADER_BYTES)
    cipher.final()
    sealed.set(cipher.getAuthTag(), HEADER_BYTES + plaintext.length)
    return sealed
  } finally {
    derived.wipe()
  }
}

/**
 * Opens what `seal` made. The plaintext is returned in a buffer of its own, outside Node's pool; the caller wipes it.
 * Throws `UnsealError`; nothing of the plaintext remains then.
 */
export function open(key: KeyObject, sealed: Uint8Array, context: Context): Buffer {
  if (sealed.length < SEAL_OVERHEAD) throw new UnsealError('truncated')
  if (sealed[0] !== VERSION) throw new UnsealError('unknown_version')
  const derived = derive(key, sealed.subarray(1, 1 + ID_BYTES))
  try {
    const commitment = sealed.subarray(1 + ID_BYTES, HEADER_BYTES)
    if (!timingSafeEqual(commitment, derived.commitment)) throw new UnsealError('wrong_key')
    const decipher = createDecipheriv('aes-256-gcm', derived.messageKey, NONCE, { authTagLength: TAG_BYTES })
    decipher.setAAD(context)
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
    const plaintext = decipher.update(sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES))
    try {
      // GCM's final block is empty: all of the plaintext is in `plaintext` already, so nothing is concatenated.
      decipher.final()
    } catch {
      plaintext.fill(0)
      throw new UnsealError('altered')
    }
    return plaintext
  } finally {
    derived.wipe()
  }
}

function derive(key: KeyObject, id: Uint8Array): { messageKey: Buffer; commitment: Buffer; wipe: () => void } {
  const block = Buffer.from(hkdfSync('sha512', key, id, INFO, KEY_BYTES + COMMITMENT_BYTES))
  return {
    messageKey: block.subarray(0, KEY_BYTES),
    commitment: block.subarray(KEY_BYTES),
    wipe: () => {
      block.fill(0)
    },
  }
}
