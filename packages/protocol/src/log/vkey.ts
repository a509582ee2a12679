import { sha256 } from '@noble/hashes/sha2.js'
import { decodeBase64, encodeBase64 } from '../bytes/base64.ts'
import { encodeHex } from '../bytes/hex.ts'
import { concat } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { SIGNATURE_SIZES } from '../signatures.ts'

/** Signature types of C2SP signed-note and tlog-cosignature that this package verifies. */
export const NOTE_KEY_TYPES = { ed25519: 0x01, mlDsa44: 0x06 } as const

export type NoteAlgorithm = keyof typeof NOTE_KEY_TYPES

/** A key that signs notes. */
export interface NoteKey {
  readonly name: string
  readonly algorithm: NoteAlgorithm
  /** First four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`, as eight lower-case hex digits. */
  readonly id: string
  readonly publicKey: Uint8Array
}

/** Throws `vkey_malformed` for a name that no note may carry or a key of the wrong length. */
export function createNoteKey(name: string, algorithm: NoteAlgorithm, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name) || publicKey.length !== SIGNATURE_SIZES[algorithm].publicKey) throw malformed()
  const digest = sha256(concat(encodeUtf8(`${name}\n`), typed(algorithm, publicKey)))
  return { name, algorithm, id: encodeHex(digest.subarray(0, 4)), publicKey }
}

/** `name+id+base64(type ‖ public key)`. */
export function formatVkey(key: NoteKey): string {
  return `${key.name}+${key.id}+${encodeBase64(typed(key.algorithm, key.publicKey))}`
}

/** Strict: the id must be the key's own, the type one of {@link NOTE_KEY_TYPES}. Throws `vkey_malformed`. */
export function parseVkey(vkey: string): NoteKey {
  // The base64 may hold plus signs of its own: only the first two separate.
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? []
  if (name === undefined || encoded === undefined) throw malformed()
  let bytes: Uint8Array
  try {
    bytes = decodeBase64(encoded)
  } catch (cause) {
    throw malformed(cause)
  }
  const algorithm =
    bytes[0] === NOTE_KEY_TYPES.ed25519 ? 'ed25519' : bytes[0] === NOTE_KEY_TYPES.mlDsa44 ? 'mlDsa44' : null
  if (algorithm === null) throw malformed()
  const key = createNoteKey(name, algorithm, bytes.subarray(1))
  if (key.id !== id) throw malformed()
  return key
}

/** Whether signed-note allows `name`: not empty, well-formed, without white space, control character or plus sign. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name)
}

/** `type ‖ public key`. */
function typed(algorithm: NoteAlgorithm, publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(NOTE_KEY_TYPES[algorithm]), publicKey)
}

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('vkey_malformed', 'not a verifier key of a supported type', { cause })
}
