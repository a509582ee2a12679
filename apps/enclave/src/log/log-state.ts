import {
  decodeEntryBundle,
  edgeRoot,
  emptyRoot,
  hashLeaf,
  openCheckpoint,
  ProtocolError,
  partialTiles,
  proveConsistency,
  sameHash,
  splitTile,
  TILE_WIDTH,
  type TreeEdge,
  tileNodeReader,
  type VerifiedCheckpoint,
  verifyConsistency,
} from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'
import type { HeadWitness } from './head-witness.ts'
import type { LogReads } from './log-store.ts'
import { type LogSigner, logTrust, ownSignatures } from './signer.ts'

/** A head this log signed, and what it takes to build the next one on it. */
export interface LogState {
  readonly checkpoint: VerifiedCheckpoint
  readonly edge: TreeEdge
  /** The entries of the last bundle, where that is not full. */
  readonly tail: readonly Uint8Array[]
}

/**
 * The head of the database, believed only after everything about it was checked: both signatures, the root against
 * the tiles it was made of, and that it extends the witnessed head, which is then brought up to it.
 * Null when this log has no head anywhere yet.
 *
 * Rejects `log_rolled_back` when the database is behind the witness or on another history, `storage_altered` when what
 * it holds is not what this log wrote, and with what store and witness reject.
 */
export async function loadState(store: LogReads, witness: HeadWitness, signer: LogSigner): Promise<LogState | null> {
  // In this order: a process that shares the witness stores its head before it witnesses it, and the other way round its
  // newer head would look like a database set back.
  const [witnessed, head] = [await witness.read(), await store.readHead()]
  if (head === null) {
    if (witnessed !== null) throw rolledBack('the database has lost a log that was already published')
    return null
  }
  const checkpoint = await openOwn(head, signer)
  const state = { checkpoint, ...(await readEdge(checkpoint, store)) }
  if (witnessed !== head) {
    if (witnessed !== null) await requireExtension(await openOwn(witnessed, signer), checkpoint, store)
    await witness.write(head)
  }
  return state
}

/** Opens a checkpoint that can only be this log's own. Rejects `storage_altered`. */
async function openOwn(note: string, signer: LogSigner): Promise<VerifiedCheckpoint> {
  try {
    return await openCheckpoint(note, logTrust(signer), ownSignatures(signer))
  } catch (cause) {
    throw new EnclaveError('storage_altered', 'a stored checkpoint is not one this log signed', { cause })
  }
}

async function readEdge(
  { size, root }: VerifiedCheckpoint,
  store: LogReads,
): Promise<{ edge: TreeEdge; tail: readonly Uint8Array[] }> {
  const partial: (readonly Uint8Array[])[] = []
  for (const address of partialTiles(size)) {
    const tile = await store.readTile(address)
    const hashes = tile === null ? null : splitTile(tile, address.width)
    if (hashes === null) throw altered('a tile of the log is missing')
    while (partial.length < address.level) partial.push([])
    partial.push(hashes)
  }
  const edge = { size, partial }
  if (!sameHash(edgeRoot(edge), root)) throw altered('the tiles of the log are not those of its checkpoint')
  return { edge, tail: await readTail(edge, store) }
}

async function readTail(edge: TreeEdge, store: LogReads): Promise<readonly Uint8Array[]> {
  const width = edge.size % TILE_WIDTH
  if (width === 0) return []
  const bundle = await store.readTile({ level: 'entries', index: Math.floor(edge.size / TILE_WIDTH), width })
  const entries = bundle === null ? [] : readBundle(bundle, width)
  const hashes = edge.partial[0] ?? []
  if (entries.length !== width || !entries.every((entry, at) => sameHash(hashLeaf(entry), hashes[at] ?? entry)))
    throw altered('the newest entries of the log are not those of its tiles')
  return entries
}

function readBundle(bundle: Uint8Array, width: number): readonly Uint8Array[] {
  try {
    return decodeEntryBundle(bundle, width)
  } catch (cause) {
    throw altered('an entry bundle of the log is malformed', cause)
  }
}

/** Proves, from the tiles of the database, that its head extends what was witnessed. */
async function requireExtension(
  witnessed: VerifiedCheckpoint,
  head: VerifiedCheckpoint,
  store: LogReads,
): Promise<void> {
  if (head.size < witnessed.size) throw rolledBack('the database holds an older head than the newest published')
  const node = tileNodeReader(head.size, (address) => store.readTile(address))
  try {
    const proof = await proveConsistency(witnessed.size, head.size, node)
    verifyConsistency(
      {
        oldSize: witnessed.size,
        oldRoot: witnessed.size === 0 ? emptyRoot() : witnessed.root,
        newSize: head.size,
        newRoot: head.root,
      },
      proof,
    )
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    if (cause.code === 'tree_data_missing') throw altered('a tile of the log is missing', cause)
    throw rolledBack('the database holds another history than the one published', cause)
  }
}

function altered(detail: string, cause?: unknown): EnclaveError {
  return new EnclaveError('storage_altered', detail, { cause })
}

function rolledBack(detail: string, cause?: unknown): EnclaveError {
  return new EnclaveError('log_rolled_back', detail, { cause })
}
