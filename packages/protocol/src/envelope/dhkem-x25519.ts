/** DHKEM(X25519, HKDF-SHA256), 0x0020: RFC 9180 sections 4.1 and 7.1. */
import { concat, u16 } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { labeledExpand, labeledExtract } from './hkdf.ts'
import { agree, type KemRecipient, type KemSender, requireLength } from './kem.ts'
import type { HpkePrimitives, HpkeSenderPrimitives, X25519Key } from './primitives.ts'

export const DHKEM_X25519 = { id: 0x0020, publicKeyLength: 32, encapsulatedLength: 32 } as const

const SUITE = concat(encodeUtf8('KEM'), u16(DHKEM_X25519.id))

export function dhkemX25519Sender(primitives: HpkeSenderPrimitives): KemSender {
  return {
    ...DHKEM_X25519,
    async encapsulate(publicKey) {
      requireLength(publicKey, DHKEM_X25519.publicKeyLength)
      const ephemeral = await primitives.generateX25519()
      const shared = await agree(ephemeral, publicKey)
      return {
        sharedSecret: await extractAndExpand(primitives, shared, ephemeral.publicKey, publicKey),
        encapsulated: ephemeral.publicKey,
      }
    },
  }
}

export function dhkemX25519Recipient(primitives: HpkePrimitives, own: X25519Key): KemRecipient {
  return {
    ...DHKEM_X25519,
    async decapsulate(encapsulated) {
      requireLength(encapsulated, DHKEM_X25519.encapsulatedLength)
      return extractAndExpand(primitives, await agree(own, encapsulated), encapsulated, own.publicKey)
    },
  }
}

/** `ExtractAndExpand` over `kem_context = enc ‖ pkR`; wipes `shared`. */
async function extractAndExpand(
  primitives: HpkePrimitives,
  shared: Uint8Array,
  encapsulated: Uint8Array,
  recipient: Uint8Array,
): Promise<Uint8Array> {
  const prk = await labeledExtract(primitives, SUITE, new Uint8Array(0), 'eae_prk', shared)
  shared.fill(0)
  try {
    return await labeledExpand(primitives, SUITE, prk, 'shared_secret', concat(encapsulated, recipient), 32)
  } finally {
    prk.fill(0)
  }
}
