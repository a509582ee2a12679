/**
 * X-Wing, 0x647a: ML-KEM-768 and X25519 in one KEM that holds as long as either does
 * (draft-connolly-cfrg-xwing-kem). A public key is the ML-KEM key, then the X25519 key; a ciphertext likewise.
 */
import { concat, joinSecret } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { agree, type KemRecipient, type KemSender, requireLength } from './kem.ts'
import type { Awaitable, HpkePrimitives, HpkeSenderPrimitives, X25519Key } from './primitives.ts'

export const X_WING = { id: 0x647a, publicKeyLength: 1216, encapsulatedLength: 1120 } as const

/** A private key is 32 bytes; SHAKE-256 stretches it to these: the seed of ML-KEM-768 (d ‖ z), then the X25519 scalar. */
export const X_WING_SEED = { length: 32, expandedLength: 96, mlKemLength: 64 } as const

const ML_KEM_PUBLIC_KEY = 1184
const ML_KEM_CIPHERTEXT = 1088
const LABEL = encodeUtf8('\\.//^\\')

export function xWingSender(primitives: HpkeSenderPrimitives): KemSender {
  return {
    ...X_WING,
    async encapsulate(publicKey) {
      requireLength(publicKey, X_WING.publicKeyLength)
      const recipientX25519 = publicKey.subarray(ML_KEM_PUBLIC_KEY)
      const ephemeral = await primitives.generateX25519()
      const x25519Secret = await agree(ephemeral, recipientX25519)
      const { sharedSecret, ciphertext } = await encapsulateMlKem(primitives, publicKey.subarray(0, ML_KEM_PUBLIC_KEY))
      return {
        sharedSecret: await combine(primitives, sharedSecret, x25519Secret, ephemeral.publicKey, recipientX25519),
        encapsulated: concat(ciphertext, ephemeral.publicKey),
      }
    },
  }
}

/** The two halves of a recipient's private key. */
export interface XWingKey {
  readonly x25519: X25519Key
  /** FIPS 203: 1,088 bytes in, 32 out. A ciphertext made for another key gives another secret, no error. */
  decapsulateMlKem768(ciphertext: Uint8Array): Awaitable<Uint8Array>
}

export function xWingRecipient(primitives: HpkePrimitives, own: XWingKey): KemRecipient {
  return {
    ...X_WING,
    async decapsulate(encapsulated) {
      requireLength(encapsulated, X_WING.encapsulatedLength)
      const peer = encapsulated.subarray(ML_KEM_CIPHERTEXT)
      const x25519Secret = await agree(own.x25519, peer)
      const mlKemSecret = await own.decapsulateMlKem768(encapsulated.subarray(0, ML_KEM_CIPHERTEXT))
      return combine(primitives, mlKemSecret, x25519Secret, peer, own.x25519.publicKey)
    },
  }
}

async function encapsulateMlKem(
  primitives: HpkeSenderPrimitives,
  publicKey: Uint8Array,
): Promise<{ sharedSecret: Uint8Array; ciphertext: Uint8Array }> {
  try {
    return await primitives.encapsulateMlKem768(publicKey)
  } catch (cause) {
    throw new ProtocolError('envelope_key', 'an ML-KEM-768 key that is none', { cause })
  }
}

/** SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ label); wipes both secrets. */
async function combine(
  primitives: HpkePrimitives,
  mlKemSecret: Uint8Array,
  x25519Secret: Uint8Array,
  ciphertext: Uint8Array,
  publicKey: Uint8Array,
): Promise<Uint8Array> {
  const message = joinSecret(mlKemSecret, x25519Secret, ciphertext, publicKey, LABEL)
  mlKemSecret.fill(0)
  x25519Secret.fill(0)
  try {
    return await primitives.sha3_256(message)
  } finally {
    message.fill(0)
  }
}
