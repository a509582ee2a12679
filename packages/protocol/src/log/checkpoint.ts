import { decodeBase64, encodeBase64 } from '../bytes/base64.ts'
import { concat, readU64, u64 } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { SIGNATURE_SIZES, type SignatureVerifier } from '../signatures.ts'
import { HASH_SIZE } from './merkle.ts'
import { type NoteVerifier, openNote } from './note.ts'
import type { NoteKey } from './vkey.ts'

/** A tree head as written in a checkpoint body; nothing about it is verified. */
export interface TreeHead {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** Further lines. ML-DSA-44 signatures do not cover them; our log writes none. */
  readonly extensions: readonly string[]
}

declare const verified: unique symbol

/** A tree head all the demanded keys signed: only {@link openCheckpoint} makes one. */
export interface VerifiedCheckpoint extends TreeHead {
  readonly [verified]: true
  /** The note it was opened from. */
  readonly note: string
}

/** `origin\nsize\nbase64(root)\n` and the extension lines. Throws `checkpoint_malformed` for what cannot be written. */
export function formatTreeHead(head: TreeHead): string {
  const text = `${[head.origin, head.size, encodeBase64(head.root), ...head.extensions].join('\n')}\n`
  parseTreeHead(text)
  return text
}

/** Parses a C2SP tlog-checkpoint body, strictly; the root is a SHA-256 hash. Throws `checkpoint_malformed`. */
export function parseTreeHead(text: string): TreeHead {
  const [origin, size, root, ...rest] = text.split('\n')
  const extensions = rest.slice(0, -1)
  const decimal = size !== undefined && /^(?:0|[1-9]\d{0,15})$/.test(size)
  if (!origin || !decimal || !root || rest.at(-1) !== '' || extensions.includes('') || !Number.isSafeInteger(+size))
    throw malformed()
  let hash: Uint8Array
  try {
    hash = decodeBase64(root)
  } catch (cause) {
    throw malformed(cause)
  }
  if (hash.length !== HASH_SIZE) throw malformed()
  return { origin, size: Number(size), root: hash, extensions }
}

/** The bytes an Ed25519 (0x01) log key signs: the body itself. */
export function ed25519CheckpointMessage(text: string): Uint8Array {
  return encodeUtf8(text)
}

/**
 * The bytes an ML-DSA-44 (0x06) key signs for a whole tree: `cosigned_message` of C2SP tlog-cosignature, start 0.
 * `time` is in seconds since 1970, 0 for no statement about time. Throws `checkpoint_malformed` for a name or an
 * origin that is empty or longer than 255 bytes.
 */
export function mlDsa44CheckpointMessage(keyName: string, time: number, head: TreeHead): Uint8Array {
  const name = lengthPrefixed(keyName)
  const origin = lengthPrefixed(head.origin)
  const start = 0
  return concat(LABEL, name, u64(time), origin, u64(start), u64(head.size), head.root)
}

/** `u64 time ‖ signature`: what a 0x06 signature line carries. */
export function timestampedSignature(time: number, signature: Uint8Array): Uint8Array {
  return concat(u64(time), signature)
}

/** Asks `key` whether it signed a checkpoint, by the rules of its type. */
export function checkpointVerifier(key: NoteKey, signatures: SignatureVerifier): NoteVerifier {
  if (key.algorithm === 'ed25519') {
    return {
      key,
      verify: (text, signature) =>
        signature.length === SIGNATURE_SIZES.ed25519.signature &&
        signatures.ed25519(key.publicKey, ed25519CheckpointMessage(text), signature),
    }
  }
  return {
    key,
    verify: (text, signature) => {
      if (signature.length !== 8 + SIGNATURE_SIZES.mlDsa44.signature) return false
      const time = readTime(signature)
      if (time === null) return false
      const message = mlDsa44CheckpointMessage(key.name, time, parseTreeHead(text))
      return signatures.mlDsa44(key.publicKey, message, signature.subarray(8))
    },
  }
}

/** Whom a reader believes: the log by its origin, and the keys that must all have signed. */
export interface LogTrust {
  readonly origin: string
  readonly keys: readonly NoteKey[]
}

/**
 * Opens a checkpoint every key of `trust` signed. Throws as `openNote` does, `checkpoint_malformed`,
 * `checkpoint_origin`, or `checkpoint_signature_missing` when only some of the keys signed.
 */
export async function openCheckpoint(
  note: string,
  trust: LogTrust,
  signatures: SignatureVerifier,
): Promise<VerifiedCheckpoint> {
  const { text, signedBy } = await openNote(
    note,
    trust.keys.map((key) => checkpointVerifier(key, signatures)),
  )
  const head = parseTreeHead(text)
  if (head.origin !== trust.origin) throw new ProtocolError('checkpoint_origin', 'the checkpoint is of another log')
  if (trust.keys.some((key) => !signedBy.has(key)))
    throw new ProtocolError('checkpoint_signature_missing', 'not every key demanded signed the checkpoint')
  return { ...head, note } as VerifiedCheckpoint
}

/** `subtree/v1\n\0` */
const LABEL = encodeUtf8('subtree/v1\n\0')

/** The time of a timestamped signature, or null where it lies beyond 2^53 seconds: no clock said that. */
function readTime(signature: Uint8Array): number | null {
  try {
    return readU64(signature)
  } catch {
    return null
  }
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = encodeUtf8(text)
  if (bytes.length === 0 || bytes.length > 255) throw malformed()
  return concat(Uint8Array.of(bytes.length), bytes)
}

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('checkpoint_malformed', 'not the body of a checkpoint', { cause })
}
