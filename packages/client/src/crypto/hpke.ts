/**
 * The sender's side of the envelope for browsers and Node alike: WebCrypto for X25519, HMAC and AES-GCM,
 * @noble/post-quantum for ML-KEM-768 and @noble/hashes for SHA-3, which WebCrypto does not have everywhere.
 */
import { sha3_256 } from '@noble/hashes/sha3.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { Aead, HpkeSenderPrimitives } from '@perf-aggregator/protocol'

const aes256Gcm: Aead = {
  id: 0x0002,
  keyLength: 32,
  async seal(key, nonce, aad, plaintext) {
    const sealed = await crypto.subtle.encrypt(gcm(nonce, aad), await aesKey(key, 'encrypt'), own(plaintext))
    return new Uint8Array(sealed)
  },
  async open(key, nonce, aad, sealed) {
    return new Uint8Array(await crypto.subtle.decrypt(gcm(nonce, aad), await aesKey(key, 'decrypt'), own(sealed)))
  },
}

/** Holds no state and no secret. */
export const webHpkePrimitives: HpkeSenderPrimitives = {
  aes256Gcm,
  async hmacSha256(key, message) {
    const hmac = await crypto.subtle.importKey('raw', own(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, own(message)))
  },
  sha3_256: (message) => sha3_256(message),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  async generateX25519() {
    const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
    if (!('privateKey' in pair)) throw new TypeError('WebCrypto made one key where X25519 has two')
    return {
      publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
      async agree(peer) {
        const theirs = await crypto.subtle.importKey('raw', own(peer), 'X25519', false, [])
        return new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, pair.privateKey, 256))
      },
    }
  },
  encapsulateMlKem768(publicKey) {
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey)
    return { ciphertext: cipherText, sharedSecret }
  },
}

function gcm(nonce: Uint8Array, aad: Uint8Array) {
  return { name: 'AES-GCM', iv: own(nonce), additionalData: own(aad), tagLength: 128 }
}

async function aesKey(key: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', own(key), 'AES-GCM', false, [use])
}

/**
 * WebCrypto takes no bytes over shared memory, and the type says so; ours never are. No copy is made, so that nothing
 * secret is left behind that nobody wipes.
 */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
