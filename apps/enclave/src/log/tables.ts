import type { ColumnType } from 'kysely'

/**
 * The newest head of each log. The signed note is the only thing kept of it: size and root are read from what is
 * signed, and the whole text is what compare-and-swap compares.
 */
interface MerkleLogsTable {
  origin: ColumnType<string, string, never>
  checkpoint: string
}

/**
 * Hash tiles and entry bundles by the path of their full form. A tile only ever grows: narrower versions are prefixes
 * of it, so one row serves them all; at width 256 it is final.
 */
interface MerkleTilesTable {
  origin: ColumnType<string, string, never>
  /** `tile/<L>/<N>` or `tile/entries/<N>`. */
  tile: ColumnType<string, string, never>
  width: number
  data: Uint8Array
}

/** Where each leaf is, so that appending it again finds it. */
interface MerkleLeavesTable {
  origin: ColumnType<string, string, never>
  leaf_hash: ColumnType<Uint8Array, Uint8Array, never>
  index: ColumnType<string, number, never>
}

export interface LogTables {
  merkle_logs: MerkleLogsTable
  merkle_tiles: MerkleTilesTable
  merkle_leaves: MerkleLeavesTable
}
