/** The private halves of the envelope's keys, as OpenSSL objects that never give them out. */
import { createHash, createPrivateKey, createPublicKey, decapsulate, diffieHellman, type KeyObject } from 'node:crypto'
import { X_WING_SEED, type X25519Key, type XWingKey } from '@perf-aggregator/protocol'

/** X25519 from its 32-byte scalar, which the caller wipes. */
export function x25519Key(scalar: Uint8Array): X25519Key {
  const privateKey = createPrivateKey({ key: buffer(scalar), format: 'raw-private', asymmetricKeyType: 'x25519' })
  return {
    publicKey: publicKeyOf(privateKey),
    agree(peer) {
      const publicKey = createPublicKey({ key: buffer(peer), format: 'raw-public', asymmetricKeyType: 'x25519' })
      return diffieHellman({ privateKey, publicKey })
    },
  }
}

/** X-Wing from its 32-byte seed (draft-connolly-cfrg-xwing-kem, `expandDecapsulationKey`), which the caller wipes. */
export function xWingKey(seed: Uint8Array): XWingKey & { readonly publicKey: Uint8Array } {
  const expanded = createHash('shake256', { outputLength: X_WING_SEED.expandedLength }).update(seed).digest()
  try {
    const x25519 = x25519Key(expanded.subarray(X_WING_SEED.mlKemLength))
    const mlKemSeed = expanded.subarray(0, X_WING_SEED.mlKemLength)
    const mlKem = createPrivateKey({ key: mlKemSeed, format: 'raw-seed', asymmetricKeyType: 'ml-kem-768' })
    return {
      x25519,
      publicKey: Buffer.concat([publicKeyOf(mlKem), x25519.publicKey]),
      decapsulateMlKem768: (ciphertext) => decapsulate(mlKem, ciphertext),
    }
  } finally {
    expanded.fill(0)
  }
}

function publicKeyOf(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey).export({ format: 'raw-public' }))
}

/** The same memory under the type that `createPrivateKey` asks for: a copy would be one more to wipe. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
