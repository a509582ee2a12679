import { decodeBase64, encodeBase64 } from '../bytes/base64.ts'
import { ProtocolError } from '../errors.ts'
import type { SignatureVerifier } from '../signatures.ts'
import { type LogTrust, openCheckpoint, type VerifiedCheckpoint } from './checkpoint.ts'
import { HASH_SIZE, hashLeaf, verifyInclusion } from './merkle.ts'

/** A `.tlog-proof` as found: nothing about it is verified. */
export interface TlogProof {
  readonly index: number
  /** Leaf to root. */
  readonly hashes: readonly Uint8Array[]
  /** A signed note. */
  readonly checkpoint: string
  /** Whatever the sender added; no signature covers it. */
  readonly extra?: Uint8Array
}

/** C2SP tlog-proof. */
export function formatTlogProof(proof: TlogProof): string {
  return [
    HEADER,
    ...(proof.extra === undefined ? [] : [`extra ${encodeBase64(proof.extra)}`]),
    `index ${proof.index}`,
    ...proof.hashes.map((hash) => encodeBase64(hash)),
    '',
    proof.checkpoint,
  ].join('\n')
}

/** Strict parser of C2SP tlog-proof; the checkpoint is left as it is. Throws `tlog_proof_malformed`. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n')
  const [header, ...lines] = end < 0 ? [] : text.slice(0, end).split('\n')
  if (header !== HEADER) throw malformed()
  const extra = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !Number.isSafeInteger(Number(index)) || lines.length > MAX_HASHES) throw malformed()
  const hashes = lines.map(decode)
  if (hashes.some((hash) => hash.length !== HASH_SIZE)) throw malformed()
  return {
    index: Number(index),
    hashes,
    checkpoint: text.slice(end + 2),
    ...(extra === undefined ? {} : { extra: decode(extra) }),
  }
}

/** An entry proved to be in a log at `index`. */
export interface ProvedEntry {
  readonly index: number
  readonly checkpoint: VerifiedCheckpoint
}

/**
 * Verifies that `entry` is in the log `trust` names, by `text` alone. Throws what {@link parseTlogProof},
 * `openCheckpoint` and `verifyInclusion` throw.
 */
export async function verifyTlogProof(
  text: string,
  entry: Uint8Array,
  trust: LogTrust,
  signatures: SignatureVerifier,
): Promise<ProvedEntry> {
  const { index, hashes, checkpoint: note } = parseTlogProof(text)
  const checkpoint = await openCheckpoint(note, trust, signatures)
  verifyInclusion({ leafHash: hashLeaf(entry), index, size: checkpoint.size, root: checkpoint.root }, hashes)
  return { index, checkpoint }
}

const HEADER = 'c2sp.org/tlog-proof@v1'

/** A tree of 2^53 entries needs fewer. */
const MAX_HASHES = 63

function decode(line: string): Uint8Array {
  try {
    return decodeBase64(line)
  } catch (cause) {
    throw malformed(cause)
  }
}

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('tlog_proof_malformed', 'not a tlog-proof', { cause })
}
