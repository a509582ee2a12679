import type { Mathematics } from '@perf-aggregator/attestation'
import { signatures } from '#signatures'

/** What the attestation engine needs, from WebCrypto and {@link signatures}. */
export const mathematics: Mathematics = {
  async sha512(bytes) {
    return new Uint8Array(await crypto.subtle.digest('SHA-512', new Uint8Array(bytes)))
  },
  async verifyEd25519(publicKey, message, signature) {
    return signatures.ed25519(publicKey, message, signature)
  },
}
