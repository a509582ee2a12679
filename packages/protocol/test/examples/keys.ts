/** The keys of the examples: seeds that count up, easy to type in any language. They protect nothing. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { ml_dsa44, ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'

/** `length` bytes that count up from `first`. */
export const counting = (first: number, length = 32): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (first + at) & 0xff)

/** A key pair that gives the same signature for the same message every time, so that an example can be recomputed. */
export interface TestKey {
  /** Ed25519: the private key of RFC 8032. ML-DSA: ξ of FIPS 204. */
  readonly seed: Uint8Array
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

export const TEST_KEYS = {
  /** Of the enclave, for certificates. */
  signEd25519: ed25519(counting(0x40)),
  signMlDsa65: mlDsa(ml_dsa65, counting(0x60)),
  /** Vouches for simulators. */
  developmentRoot: ed25519(counting(0x80)),
  /** Of the trader. */
  client: ed25519(counting(0x01)),
  /** Of the log, for checkpoints. */
  logEd25519: ed25519(counting(0x21)),
  logMlDsa44: mlDsa(ml_dsa44, counting(0x41)),
} as const

export const SESSION_ID = Buffer.from(counting(0x61)).toString('base64url')

function ed25519(seed: Uint8Array): TestKey {
  const key = { key: Buffer.from(seed), format: 'raw-private', asymmetricKeyType: 'ed25519' } as const
  const privateKey = createPrivateKey(key)
  return {
    seed,
    publicKey: new Uint8Array(createPublicKey(privateKey).export({ format: 'raw-public' })),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  }
}

/** FIPS 204's deterministic variant; an enclave signs the hedged one, which verifies the same. */
function mlDsa(algorithm: typeof ml_dsa44, seed: Uint8Array): TestKey {
  const { publicKey, secretKey } = algorithm.keygen(seed)
  return { seed, publicKey, sign: (message) => algorithm.sign(message, secretKey, { extraEntropy: false }) }
}
