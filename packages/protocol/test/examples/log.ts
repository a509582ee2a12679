/** The log of the examples: three entries, the certificate's between two others. */
import { createHash } from 'node:crypto'
import {
  certificateLeaf,
  createNoteKey,
  ed25519CheckpointMessage,
  encodeUtf8,
  formatNote,
  formatTreeHead,
  formatVkey,
  hashLeaf,
  mlDsa44CheckpointMessage,
  type NoteKey,
  proveInclusion,
  type TreeHead,
  timestampedSignature,
  treeRoot,
} from '../../src/index.ts'
import { TEST_KEYS } from './keys.ts'
import { ISSUED_AT, LOG_ORIGIN } from './quote.ts'

export const NOTE_KEYS = {
  ed25519: createNoteKey(LOG_ORIGIN, 'ed25519', TEST_KEYS.logEd25519.publicKey),
  mlDsa44: createNoteKey(LOG_ORIGIN, 'mlDsa44', TEST_KEYS.logMlDsa44.publicKey),
} as const

export const LOG_VKEYS = [formatVkey(NOTE_KEYS.ed25519), formatVkey(NOTE_KEYS.mlDsa44)] as const

/** Of the certificate's entry: its siblings then lie on both sides. */
export const INDEX = 1

/** Seconds since 1970: when the checkpoint is signed. */
export const CHECKPOINT_TIME = ISSUED_AT + 601

export interface ExampleLog {
  readonly leaves: readonly Uint8Array[]
  readonly hashes: readonly Uint8Array[]
  readonly head: TreeHead
  /** From the leaf's sibling upwards. */
  readonly proof: readonly Uint8Array[]
}

/** @param leaf the certificate's */
export async function exampleLog(leaf: Uint8Array): Promise<ExampleLog> {
  const leaves = [otherLeaf('an earlier certificate'), leaf, otherLeaf('a later certificate')]
  const hashes = leaves.map(hashLeaf)
  const head = { origin: LOG_ORIGIN, size: hashes.length, root: treeRoot(hashes), extensions: [] }
  const proof = await proveInclusion(INDEX, hashes.length, (height, index) =>
    treeRoot(hashes.slice(index * 2 ** height, (index + 1) * 2 ** height)),
  )
  return { leaves, hashes, head, proof }
}

export interface ExampleCheckpoint {
  readonly text: string
  readonly ed25519Signature: Uint8Array
  readonly mlDsa44Message: Uint8Array
  readonly mlDsa44Signature: Uint8Array
  /** The two signature lines, and the whole note. */
  readonly lines: readonly string[]
  readonly note: string
}

export function exampleCheckpoint(head: TreeHead): ExampleCheckpoint {
  const { ed25519, mlDsa44 } = NOTE_KEYS
  const text = formatTreeHead(head)
  const ed25519Signature = TEST_KEYS.logEd25519.sign(ed25519CheckpointMessage(text))
  const mlDsa44Message = mlDsa44CheckpointMessage(mlDsa44.name, CHECKPOINT_TIME, head)
  const mlDsa44Signature = TEST_KEYS.logMlDsa44.sign(mlDsa44Message)
  const note = formatNote({
    text,
    signatures: [
      line(ed25519, ed25519Signature),
      line(mlDsa44, timestampedSignature(CHECKPOINT_TIME, mlDsa44Signature)),
    ],
  })
  const lines = note.slice(text.length + 1, -1).split('\n')
  return { text, ed25519Signature, mlDsa44Message, mlDsa44Signature, lines, note }
}

function otherLeaf(what: string): Uint8Array {
  return certificateLeaf(createHash('sha256').update(encodeUtf8(what)).digest())
}

function line({ name, id }: NoteKey, signature: Uint8Array): { name: string; id: string; signature: Uint8Array } {
  return { name, id, signature }
}
