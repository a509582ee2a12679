import {
  ed25519CheckpointMessage,
  formatNote,
  formatTreeHead,
  mlDsa44CheckpointMessage,
  openCheckpoint,
  type TreeHead,
  timestampedSignature,
  type VerifiedCheckpoint,
} from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'
import { type LogSigner, logTrust, ownSignatures } from './signer.ts'

/**
 * Signs a tree head with both keys, and opens the result as a reader would: a signature a fault has spoilt never gets
 * out. `now` is in milliseconds. Rejects `internal`.
 */
export async function signCheckpoint(
  { size, root }: Pick<TreeHead, 'size' | 'root'>,
  now: number,
  signer: LogSigner,
): Promise<VerifiedCheckpoint> {
  const { origin, ed25519, mlDsa44 } = signer
  const head = { origin, size, root, extensions: [] }
  const text = formatTreeHead(head)
  const time = Math.floor(now / 1000)
  const classic = await ed25519.sign(ed25519CheckpointMessage(text))
  const quantum = await mlDsa44.sign(mlDsa44CheckpointMessage(mlDsa44.key.name, time, head))
  const note = formatNote({
    text,
    signatures: [
      { name: ed25519.key.name, id: ed25519.key.id, signature: classic },
      { name: mlDsa44.key.name, id: mlDsa44.key.id, signature: timestampedSignature(time, quantum) },
    ],
  })
  try {
    return await openCheckpoint(note, logTrust(signer), ownSignatures(signer))
  } catch (cause) {
    throw new EnclaveError('internal', 'a signature of the log just made does not verify', { cause })
  }
}
