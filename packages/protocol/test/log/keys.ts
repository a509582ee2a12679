/** Keys made for one test run, and what checks their signatures: `node:crypto` behind the package's port. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import {
  createNoteKey,
  ed25519CheckpointMessage,
  formatNote,
  formatTreeHead,
  mlDsa44CheckpointMessage,
  type NoteKey,
  type NoteSignature,
  type TreeHead,
  timestampedSignature,
} from '../../src/log/index.ts'
import type { SignatureVerifier } from '../../src/signatures.ts'

const SPKI = {
  ed25519: Buffer.from('302a300506032b6570032100', 'hex'),
  mlDsa44: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
  mlDsa65: Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex'),
}

function verifyWith(algorithm: keyof typeof SPKI) {
  return (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
    verify(
      null,
      message,
      createPublicKey({ key: Buffer.concat([SPKI[algorithm], publicKey]), format: 'der', type: 'spki' }),
      signature,
    )
}

export const signatures: SignatureVerifier = {
  ed25519: verifyWith('ed25519'),
  mlDsa44: verifyWith('mlDsa44'),
  mlDsa65: verifyWith('mlDsa65'),
}

export interface LogKeys {
  readonly ed25519: { readonly key: NoteKey; readonly privateKey: KeyObject }
  readonly mlDsa44: { readonly key: NoteKey; readonly privateKey: KeyObject }
}

export function generateLogKeys(name: string): LogKeys {
  const classic = generateKeyPairSync('ed25519')
  const quantum = generateKeyPairSync('ml-dsa-44')
  const raw = (key: KeyObject, prefix: Buffer) =>
    new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(prefix.length))
  return {
    ed25519: {
      key: createNoteKey(name, 'ed25519', raw(classic.publicKey, SPKI.ed25519)),
      privateKey: classic.privateKey,
    },
    mlDsa44: {
      key: createNoteKey(name, 'mlDsa44', raw(quantum.publicKey, SPKI.mlDsa44)),
      privateKey: quantum.privateKey,
    },
  }
}

export function signEd25519({ ed25519 }: LogKeys, text: string): NoteSignature {
  const { name, id } = ed25519.key
  return { name, id, signature: sign(null, ed25519CheckpointMessage(text), ed25519.privateKey) }
}

export function signMlDsa44({ mlDsa44 }: LogKeys, head: TreeHead, time: number): NoteSignature {
  const { name, id } = mlDsa44.key
  const signature = sign(null, mlDsa44CheckpointMessage(name, time, head), mlDsa44.privateKey)
  return { name, id, signature: timestampedSignature(time, signature) }
}

/** A checkpoint signed by both keys. */
export function signCheckpoint(keys: LogKeys, head: TreeHead, time = 1_700_000_000): string {
  const text = formatTreeHead(head)
  return formatNote({ text, signatures: [signEd25519(keys, text), signMlDsa44(keys, head, time)] })
}
