/** Signs certificates with the result keys, which OpenSSL holds. */
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { SIGNATURE_SIZES, type StatementSigner } from '@perf-aggregator/protocol'

export function statementSigner(keys: { readonly ed25519: KeyObject; readonly mlDsa65: KeyObject }): StatementSigner {
  return {
    publicKeys: {
      ed25519: rawPublicKey(keys.ed25519, SIGNATURE_SIZES.ed25519.publicKey),
      mlDsa65: rawPublicKey(keys.mlDsa65, SIGNATURE_SIZES.mlDsa65.publicKey),
    },
    ed25519: (message) => sign(null, message, keys.ed25519),
    mlDsa65: (message) => sign(null, message, keys.mlDsa65),
  }
}

/** SubjectPublicKeyInfo of both algorithms ends in the raw key. */
function rawPublicKey(key: KeyObject, length: number): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-length))
}
