import {
  edgeRoot,
  encodeEntryBundle,
  growEdge,
  hashLeaf,
  joinTile,
  type NodeReader,
  TILE_WIDTH,
  type TreeEdge,
  tileNodeReader,
} from '@perf-aggregator/protocol'
import type { LogState } from './log-state.ts'
import type { LogReads, StoredTile } from './log-store.ts'

/** What a log becomes by new entries, before anything is signed or stored. */
export interface GrownLog {
  readonly edge: TreeEdge
  readonly root: Uint8Array
  readonly tail: readonly Uint8Array[]
  /** Hash tiles and entry bundles that changed. */
  readonly tiles: readonly StoredTile[]
}

/** Appends `entries`, at least one, to the log in `state`. */
export function growLog(state: Pick<LogState, 'edge' | 'tail'>, entries: readonly Uint8Array[]): GrownLog {
  const { edge, tiles } = growEdge(state.edge, entries.map(hashLeaf))
  const bundles: StoredTile[] = []
  const unbundled = [...state.tail, ...entries]
  let index = Math.floor(state.edge.size / TILE_WIDTH)
  let from = 0
  for (; from < unbundled.length; from += TILE_WIDTH, index += 1) {
    const bundle = unbundled.slice(from, from + TILE_WIDTH)
    bundles.push({ level: 'entries', index, width: bundle.length, bytes: encodeEntryBundle(bundle) })
  }
  const tail = edge.size % TILE_WIDTH
  return {
    edge,
    root: edgeRoot(edge),
    tail: tail === 0 ? [] : unbundled.slice(-tail),
    tiles: [...tiles.map(({ level, index, width, bytes }) => ({ level, index, width, bytes })), ...bundles],
  }
}

/**
 * Reads the nodes of a tree out of what is at hand, its edge and the tiles just made, and only what is older out of
 * the store: the proof of a new entry needs nothing that is not in memory.
 */
export function nodeReader(edge: TreeEdge, fresh: readonly StoredTile[], store: LogReads): NodeReader {
  const made = new Map(fresh.map((tile) => [`${tile.level}/${tile.index}`, tile]))
  return tileNodeReader(edge.size, (address) => {
    const hashes = edge.partial[address.level]
    if (address.width < TILE_WIDTH && hashes !== undefined) return joinTile(hashes)
    const tile = made.get(`${address.level}/${address.index}`)
    return tile?.width === address.width ? tile.bytes : store.readTile(address)
  })
}
