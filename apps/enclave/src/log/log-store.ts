import {
  decodeEntryBundle,
  encodeEntryBundle,
  splitTile,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
} from '@perf-aggregator/protocol'
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { LogTables } from './tables.ts'

/** A hash tile or entry bundle to store. */
export interface StoredTile extends TileAddress {
  readonly bytes: Uint8Array
}

/** A new head and what lies under it. */
export interface LogCommit {
  /** The note this one was built on, or null for the first. */
  readonly previous: string | null
  readonly checkpoint: string
  readonly tiles: readonly StoredTile[]
  readonly leaves: readonly { readonly hash: Uint8Array; readonly index: number }[]
}

export interface LogReads {
  /** The newest checkpoint, a signed note as found; null when there is none. */
  readHead(): Promise<string | null>
  /** Exactly `width` hashes or entries, cut from a wider tile if need be; null when there are not that many. */
  readTile(address: TileAddress): Promise<Uint8Array | null>
  /** Indexes of those of `hashes` that are in the log, by their place in `hashes`. */
  findLeaves(hashes: readonly Uint8Array[]): Promise<ReadonlyMap<number, number>>
}

/** From its `readHead` on, no other process moves the head: those that want to wait in a queue. */
export interface LogTransaction extends LogReads {
  /** False, and nothing stored, when the head is not `previous`, byte for byte. */
  replaceHead(commit: LogCommit): Promise<boolean>
}

/**
 * Where one log is kept. It is outside the enclave: what it answers is checked by whoever asks.
 */
export interface LogStore extends LogReads {
  /**
   * When it resolves, all that `work` stored is durable. When it rejects, nothing is known: it may have failed after
   * it took effect.
   */
  transact<T>(work: (transaction: LogTransaction) => Promise<T>): Promise<T>
}

/** The log named `origin`, on PostgreSQL or PGlite. */
export function databaseLogStore<Tables extends LogTables>(database: Kysely<Tables>, origin: string): LogStore {
  // The log touches its own tables only; the rest of the schema is none of its business.
  const db = database as unknown as Kysely<LogTables>
  return {
    ...logReads(db, origin),
    readHead: async () => (await selectHead(db, origin).executeTakeFirst())?.checkpoint ?? null,
    transact: (work) =>
      db.transaction().execute((transaction) =>
        work({
          ...logReads(transaction, origin),
          readHead: async () =>
            (await selectHead(transaction, origin).forUpdate().executeTakeFirst())?.checkpoint ?? null,
          replaceHead: (commit) => replaceHead(transaction, origin, commit),
        }),
      ),
  }
}

function selectHead(db: Kysely<LogTables>, origin: string) {
  return db.selectFrom('merkle_logs').select('checkpoint').where('origin', '=', origin)
}

function logReads(db: Kysely<LogTables>, origin: string): Omit<LogReads, 'readHead'> {
  return {
    async readTile(address) {
      const row = await db
        .selectFrom('merkle_tiles')
        .select(['width', 'data'])
        .where('origin', '=', origin)
        .where('tile', '=', fullPath(address))
        .executeTakeFirst()
      return row === undefined || row.width < address.width ? null : cut(row, address)
    },

    async findLeaves(hashes) {
      if (hashes.length === 0) return new Map()
      const rows = await db
        .selectFrom('merkle_leaves')
        .select(['leaf_hash', 'index'])
        .where('origin', '=', origin)
        .where('leaf_hash', 'in', [...hashes])
        .execute()
      const found = new Map(rows.map((row) => [hashKey(row.leaf_hash), Number(row.index)]))
      return new Map(
        hashes.flatMap((hash, at) => {
          const index = found.get(hashKey(hash))
          return index === undefined ? [] : [[at, index] as const]
        }),
      )
    },
  }
}

async function replaceHead(db: Kysely<LogTables>, origin: string, commit: LogCommit): Promise<boolean> {
  const { previous, checkpoint, tiles, leaves } = commit
  const swapped = await (previous === null
    ? db
        .insertInto('merkle_logs')
        .values({ origin, checkpoint })
        .onConflict((conflict) => conflict.doNothing())
        .returning('origin')
        .execute()
    : db
        .updateTable('merkle_logs')
        .set({ checkpoint })
        .where('origin', '=', origin)
        .where('checkpoint', '=', previous)
        .returning('origin')
        .execute())
  if (swapped.length !== 1) return false
  if (tiles.length > 0)
    await db
      .insertInto('merkle_tiles')
      .values(tiles.map((tile) => ({ origin, tile: fullPath(tile), width: tile.width, data: tile.bytes })))
      .onConflict((conflict) =>
        conflict.columns(['origin', 'tile']).doUpdateSet((row) => ({
          width: row.ref('excluded.width'),
          data: row.ref('excluded.data'),
        })),
      )
      .execute()
  if (leaves.length > 0)
    await db
      .insertInto('merkle_leaves')
      .values(leaves.map(({ hash, index }) => ({ origin, leaf_hash: hash, index })))
      .execute()
  return true
}

/** The key of a leaf hash in a map. */
export function hashKey(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('base64')
}

function fullPath({ level, index }: TileAddress): string {
  return tilePath({ level, index, width: TILE_WIDTH })
}

function cut(row: { width: number; data: Uint8Array }, { level, width }: TileAddress): Uint8Array {
  if (level === 'entries') {
    if (row.width === width) return row.data
    try {
      return encodeEntryBundle(decodeEntryBundle(row.data, row.width).slice(0, width))
    } catch (cause) {
      throw new EnclaveError('storage_altered', 'an entry bundle of the log is malformed', { cause })
    }
  }
  const hashes = splitTile(row.data, row.width)
  if (hashes === null) throw new EnclaveError('storage_altered', 'a tile of the log is malformed')
  return row.data.subarray(0, (row.data.length / row.width) * width)
}
