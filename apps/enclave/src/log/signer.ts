import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import {
  createNoteKey,
  type LogTrust,
  type NoteAlgorithm,
  type NoteKey,
  SIGNATURE_SIZES,
  type SignatureVerifier,
} from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'

/** One of the log's keys. Whoever holds the private half signs; it never leaves there. */
export interface NoteSigner {
  readonly key: NoteKey
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array
  verify(message: Uint8Array, signature: Uint8Array): Promise<boolean> | boolean
}

/** The two keys that sign every checkpoint. Both are named like the log. */
export interface LogSigner {
  readonly origin: string
  readonly ed25519: NoteSigner
  readonly mlDsa44: NoteSigner
}

/** Signs with private keys held by OpenSSL. Rejects `configuration` for a key of another algorithm or a bad origin. */
export function keyObjectLogSigner(
  origin: string,
  privateKeys: { readonly ed25519: KeyObject; readonly mlDsa44: KeyObject },
): LogSigner {
  return {
    origin,
    ed25519: keyObjectSigner(origin, 'ed25519', privateKeys.ed25519),
    mlDsa44: keyObjectSigner(origin, 'mlDsa44', privateKeys.mlDsa44),
  }
}

/** Whom a reader of this log must believe. */
export function logTrust({ origin, ed25519, mlDsa44 }: LogSigner): LogTrust {
  return { origin, keys: [ed25519.key, mlDsa44.key] }
}

/** Checks signatures of this log's own keys, and of no other: for any other key it answers false. */
export function ownSignatures({ ed25519, mlDsa44 }: LogSigner): SignatureVerifier {
  return {
    ed25519: (publicKey, message, signature) =>
      publicKey === ed25519.key.publicKey && ed25519.verify(message, signature),
    mlDsa44: (publicKey, message, signature) =>
      publicKey === mlDsa44.key.publicKey && mlDsa44.verify(message, signature),
    mlDsa65: () => false,
  }
}

function keyObjectSigner(origin: string, algorithm: NoteAlgorithm, privateKey: KeyObject): NoteSigner {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== KEY_TYPES[algorithm])
    throw new EnclaveError('configuration', `the log's ${KEY_TYPES[algorithm]} key is a key of another kind`)
  const publicKey = createPublicKey(privateKey)
  // SubjectPublicKeyInfo of both algorithms ends in the raw key.
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-SIGNATURE_SIZES[algorithm].publicKey)
  return {
    key: noteKey(origin, algorithm, new Uint8Array(raw)),
    sign: (message) => sign(null, message, privateKey),
    verify: (message, signature) => verify(null, message, publicKey, signature),
  }
}

function noteKey(origin: string, algorithm: NoteAlgorithm, publicKey: Uint8Array): NoteKey {
  try {
    return createNoteKey(origin, algorithm, publicKey)
  } catch (cause) {
    throw new EnclaveError('configuration', 'the log origin may hold no white space and no plus sign', { cause })
  }
}

const KEY_TYPES = { ed25519: 'ed25519', mlDsa44: 'ml-dsa-44' } as const
