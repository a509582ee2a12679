import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { Aead, HpkePrimitives } from '@perf-aggregator/protocol'

const TAG_LENGTH = 16

const aes256Gcm: Aead = {
  id: 0x0002,
  keyLength: 32,
  seal(key, nonce, aad, plaintext) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(aad)
    const sealed = new Uint8Array(plaintext.length + TAG_LENGTH)
    sealed.set(cipher.update(plaintext))
    cipher.final()
    sealed.set(cipher.getAuthTag(), plaintext.length)
    return sealed
  },
  open(key, nonce, aad, sealed) {
    if (sealed.length < TAG_LENGTH) throw new RangeError('shorter than a tag')
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH })
    decipher.setAAD(aad)
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH))
    // GCM gives everything out before it has checked the tag: what is not authentic is wiped, never returned.
    const plaintext = decipher.update(sealed.subarray(0, -TAG_LENGTH))
    try {
      decipher.final()
      return plaintext
    } catch (cause) {
      plaintext.fill(0)
      throw cause
    }
  },
}

/**
 * The envelope's cryptography from OpenSSL. Every buffer that comes out of it has memory of its own, never Node's shared
 * pool, so that wiping it wipes the only copy.
 */
export const nodeHpkePrimitives: HpkePrimitives = {
  aes256Gcm,
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  sha3_256: (message) => createHash('sha3-256').update(message).digest(),
}
