import {
  dhkemX25519Recipient,
  openBase,
  ProtocolError,
  SUBMISSION_INFO,
  type SuiteName,
  submissionAad,
  xWingRecipient,
} from '@perf-aggregator/protocol'
import { EnclaveError } from '../../errors.ts'
import type { CollectorKeys, SealedSubmission } from '../../ports/collector.ts'
import type { Random } from '../../ports/random.ts'
import { nodeHpkePrimitives } from './primitives.ts'
import { x25519Key, xWingKey } from './private-keys.ts'

/** The envelope's key pairs: the public halves to show, and what only their holder can do. */
export interface HpkeKeys extends CollectorKeys {
  /**
   * Opens one HPKE message under `info` of a submission. The caller wipes the plaintext, which has memory of its own.
   * Rejects with `invalid_key` when `encapsulated` is no key of the suite (length, low order), and with
   * `decryption_failed` for everything else that is wrong, without saying what.
   */
  open(suite: SuiteName, encapsulated: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array>
}

/** Makes new key pairs. They live as long as this object: nothing can export them. */
export function generateHpkeKeys(random: Random): HpkeKeys {
  const x25519 = withSeed(random, x25519Key)
  const xWing = withSeed(random, xWingKey)
  const recipients = {
    x25519: dhkemX25519Recipient(nodeHpkePrimitives, x25519),
    'x-wing': xWingRecipient(nodeHpkePrimitives, xWing),
  }
  return {
    hpkeX25519: x25519.publicKey,
    hpkeXWing: xWing.publicKey,
    async open(suite, encapsulated, aad, sealed) {
      try {
        const message = { info: SUBMISSION_INFO, aad, sealed }
        return await openBase(
          nodeHpkePrimitives,
          recipients[suite],
          nodeHpkePrimitives.aes256Gcm,
          encapsulated,
          message,
        )
      } catch (cause) {
        throw refusal(cause)
      }
    },
  }
}

/** Opens a submission with the AAD that its clear part makes (`docs/protocol.md` section 2). Errors as of `open`. */
export async function openSubmission(keys: HpkeKeys, submission: SealedSubmission): Promise<Uint8Array> {
  const { suite, encapsulatedKey, metadata, nonce, sealed } = submission
  return keys.open(suite, encapsulatedKey, submissionAad(metadata, nonce), sealed)
}

function withSeed<Key>(random: Random, make: (seed: Uint8Array) => Key): Key {
  const seed = random.bytes(32)
  try {
    return make(seed)
  } finally {
    seed.fill(0)
  }
}

function refusal(cause: unknown): unknown {
  if (!(cause instanceof ProtocolError)) return cause
  if (cause.code === 'envelope_key')
    return new EnclaveError('invalid_key', 'ephemeral_pub is no key of this suite', { cause })
  return new EnclaveError('decryption_failed', 'the submission was not sealed to this enclave as it arrived', { cause })
}
