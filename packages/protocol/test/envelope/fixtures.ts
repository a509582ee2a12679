/** Deterministic senders and the AEADs of published vectors. Tests only: a sender with fixed randomness is no sender. */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { x25519Key } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'
import type { Aead, HpkePrimitives, HpkeSenderPrimitives } from '../../src/index.ts'

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** `base`, with every random choice of the sender made in advance. */
export function fixedSender(
  base: HpkePrimitives,
  chosen: { readonly x25519: Uint8Array; readonly mlKem?: Uint8Array; readonly nonce?: Uint8Array },
): HpkeSenderPrimitives {
  return {
    ...base,
    randomBytes: (length) => (chosen.nonce ?? new Uint8Array(length)).slice(0, length),
    generateX25519: () => x25519Key(chosen.x25519),
    encapsulateMlKem768(publicKey) {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, chosen.mlKem?.slice())
      return { ciphertext: cipherText, sharedSecret }
    },
  }
}

export const aes128Gcm: Aead = aead(0x0001, 16, 'aes-128-gcm')
export const chaCha20Poly1305: Aead = aead(0x0003, 32, 'chacha20-poly1305')

function aead(id: number, keyLength: 16 | 32, name: 'aes-128-gcm' | 'chacha20-poly1305'): Aead {
  const options = { authTagLength: 16 } as const
  return {
    id,
    keyLength,
    seal(key, nonce, aad, plaintext) {
      const cipher = createCipheriv(name as 'aes-128-gcm', key, nonce, options)
      cipher.setAAD(aad)
      return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    },
    open(key, nonce, aad, sealed) {
      const decipher = createDecipheriv(name as 'aes-128-gcm', key, nonce, options)
      decipher.setAAD(aad)
      decipher.setAuthTag(sealed.subarray(-16))
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
    },
  }
}
