import {
  decodeEntryBundle,
  EMPTY_EDGE,
  edgeRoot,
  growEdge,
  HASH_SIZE,
  hashLeaf,
  openCheckpoint,
  ProtocolError,
  parseVkey,
  proveConsistency,
  sameHash,
  TILE_WIDTH,
  type TileAddress,
  tileNodeReader,
  tilePath,
  tileWidth,
  type VerifiedCheckpoint,
  verifyConsistency,
} from '@perf-aggregator/protocol'
import { signatures } from '#signatures'
import { type ClientClock, systemClock } from '../enclave/clock.ts'
import { EnclaveHttp } from '../enclave/http.ts'
import { ClientError, type LocalCode, localError } from '../errors.ts'

export interface VerifyLogOptions {
  /** Vkeys of the log, all of which must have signed; a certificate's `log.vkeys`. Their name is the log's origin. */
  readonly keys: readonly string[]
  /** The newest checkpoint the caller verified before, a signed note: the log must extend it. */
  readonly carried?: string
  /** Read every entry and recompute the root from them; otherwise only what consistency needs. */
  readonly entries?: boolean
  readonly onProgress?: (read: number, size: number) => void
  readonly signal?: AbortSignal
  readonly fetch?: typeof fetch
  readonly clock?: ClientClock
}

export interface LogVerification {
  readonly origin: string
  readonly size: number
  /** Newest, verified: to be carried to the next visit. */
  readonly checkpoint: string
  /** Size of the carried checkpoint this one was proved to extend; null on a first visit. */
  readonly extends: number | null
  /** How many entries were read and found to make the root; null when they were not read. */
  readonly entriesRead: number | null
}

/** A log that does not extend what it once showed. `older` and `newer` are the signed notes, for whoever wants proof. */
export class LogError extends ClientError {
  readonly older: string
  readonly newer: string

  constructor(code: LocalCode & `log_${string}`, message: string, older: string, newer: string, cause?: unknown) {
    super(code, message, { cause })
    this.older = older
    this.newer = newer
  }
}

/**
 * Visits a log over HTTP (docs/protocol.md section 6): its checkpoint, its signatures, and that nothing the caller saw before
 * was taken away or changed. Tiles are believed only as far as they lead to the signed root.
 *
 * @param baseUrl address of the enclave or its gateway; the log is under `/log/`
 * @throws {LogError} `log_forked` (two signed notes contradict each other), `log_rolled_back`, `log_unproved`
 * @throws {ClientError} the codes of the protocol for what is malformed or not signed, and those of HTTP
 */
export async function verifyLog(baseUrl: string, options: VerifyLogOptions): Promise<LogVerification> {
  try {
    return await visit(baseUrl, options)
  } catch (error) {
    if (error instanceof ProtocolError) throw new ClientError(error.code, error.message, { cause: error })
    throw error
  }
}

async function visit(baseUrl: string, options: VerifyLogOptions): Promise<LogVerification> {
  const keys = options.keys.map(parseVkey)
  const [first] = keys
  if (first === undefined || keys.some(({ name }) => name !== first.name)) {
    throw localError('invalid_options', 'the vkeys of one log are needed')
  }
  const trust = { origin: first.name, keys }
  const carried = options.carried === undefined ? null : await openCheckpoint(options.carried, trust, signatures)

  const files = logFiles(baseUrl, options)
  const checkpoint = await openCheckpoint(new TextDecoder().decode(await files('checkpoint')), trust, signatures)
  if (carried !== null) await requireExtension(carried, checkpoint, files)
  const entriesRead = options.entries === true ? await readEntries(checkpoint, files, options.onProgress) : null
  return {
    origin: checkpoint.origin,
    size: checkpoint.size,
    checkpoint: checkpoint.note,
    extends: carried?.size ?? null,
    entriesRead,
  }
}

type LogFiles = (path: string) => Promise<Uint8Array>

function logFiles(baseUrl: string, options: VerifyLogOptions): LogFiles {
  const http = new EnclaveHttp({
    baseUrl,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
  })
  return (path) => http.bytes({ method: 'GET', path: `/log/${path}`, idempotent: true, signal: options.signal })
}

async function requireExtension(older: VerifiedCheckpoint, newer: VerifiedCheckpoint, files: LogFiles): Promise<void> {
  const refuse = (code: LocalCode & `log_${string}`, message: string, cause?: unknown): LogError =>
    new LogError(code, message, older.note, newer.note, cause)
  if (newer.size < older.size) throw refuse('log_rolled_back', 'the log is shorter than it was')
  if (newer.size === older.size && !sameHash(newer.root, older.root)) {
    throw refuse('log_forked', 'the log signed two different trees of one size')
  }
  try {
    const nodes = tileNodeReader(newer.size, async (address) => readTile(address, files))
    const proof = await proveConsistency(older.size, newer.size, nodes)
    verifyConsistency({ oldSize: older.size, oldRoot: older.root, newSize: newer.size, newRoot: newer.root }, proof)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw refuse('log_unproved', 'the log does not show that it extends what it was', error)
  }
}

/** Recomputes the root from the entries themselves. `log_entries` when they do not make it. */
async function readEntries(
  checkpoint: VerifiedCheckpoint,
  files: LogFiles,
  onProgress: VerifyLogOptions['onProgress'],
): Promise<number> {
  let edge = EMPTY_EDGE
  for (let index = 0; edge.size < checkpoint.size; index += 1) {
    const width = tileWidth('entries', index, checkpoint.size)
    edge = growEdge(edge, (await readBundle(index, width, files)).map(hashLeaf)).edge
    onProgress?.(edge.size, checkpoint.size)
  }
  if (!sameHash(edgeRoot(edge), checkpoint.root)) {
    throw localError('log_entries', 'the entries the log shows do not make the root it signed')
  }
  return edge.size
}

async function readTile(address: TileAddress, files: LogFiles): Promise<Uint8Array | null> {
  const { bytes } = await readResource(address, files)
  return bytes?.subarray(0, address.width * HASH_SIZE) ?? null
}

async function readBundle(index: number, width: number, files: LogFiles): Promise<Uint8Array[]> {
  const { bytes, address } = await readResource({ level: 'entries', index, width }, files)
  if (bytes === null) throw localError('log_entries', 'the log does not show all entries of the tree it signed')
  return decodeEntryBundle(bytes, address.width).slice(0, width)
}

/** A partial resource may have given way to the full one since the checkpoint was read: then that. Null when there is none. */
async function readResource(
  address: TileAddress,
  files: LogFiles,
): Promise<{ readonly bytes: Uint8Array | null; readonly address: TileAddress }> {
  try {
    return { bytes: await files(tilePath(address)), address }
  } catch (error) {
    if (!(error instanceof ClientError) || error.status !== 404) throw error
    if (address.width === TILE_WIDTH) return { bytes: null, address }
    return readResource({ ...address, width: TILE_WIDTH }, files)
  }
}
