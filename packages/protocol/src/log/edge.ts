import { emptyRoot, requireSize, treeRoot } from './merkle.ts'
import { joinTile, TILE_WIDTH, type TileAddress } from './tile.ts'

/**
 * All that is needed of a tree to make it grow: the hashes of its partial tile on every level, lowest first.
 * A value: growing gives another edge.
 */
export interface TreeEdge {
  readonly size: number
  readonly partial: readonly (readonly Uint8Array[])[]
}

/** A hash tile ready to be stored. */
export interface HashTile extends TileAddress {
  readonly level: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

export const EMPTY_EDGE: TreeEdge = { size: 0, partial: [] }

/** The hash tiles of a tree of `size` that are not full, one a level at most: what an edge is read from. */
export function partialTiles(size: number): (TileAddress & { readonly level: number })[] {
  requireSize(size)
  const tiles: (TileAddress & { readonly level: number })[] = []
  for (let level = 0, hashes = size; hashes > 0; level += 1, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width })
  }
  return tiles
}

/** The root of the tree behind an edge. */
export function edgeRoot(edge: TreeEdge): Uint8Array {
  // What lies to the right of a level's full tiles is smaller than any of them, so it folds in as one more node.
  let rest: Uint8Array | undefined
  for (const hashes of edge.partial) {
    if (hashes.length > 0) rest = treeRoot(rest === undefined ? hashes : [...hashes, rest])
  }
  return rest ?? emptyRoot()
}

/**
 * The tree after `leafHashes` were appended, and every hash tile that changed: those that became full, and on each
 * level touched the partial one that remains.
 */
export function growEdge(edge: TreeEdge, leafHashes: readonly Uint8Array[]): { edge: TreeEdge; tiles: HashTile[] } {
  const size = edge.size + leafHashes.length
  requireSize(size)
  const partial: (readonly Uint8Array[])[] = []
  const tiles: HashTile[] = []
  let added = leafHashes
  for (let level = 0; added.length > 0 || level < edge.partial.length; level += 1) {
    const hashes = [...(edge.partial[level] ?? []), ...added]
    let index = Math.floor(edge.size / TILE_WIDTH ** (level + 1))
    const raised: Uint8Array[] = []
    let from = 0
    for (; hashes.length - from >= TILE_WIDTH; from += TILE_WIDTH, index += 1) {
      const full = hashes.slice(from, from + TILE_WIDTH)
      tiles.push({ level, index, width: TILE_WIDTH, bytes: joinTile(full) })
      raised.push(treeRoot(full))
    }
    const remaining = hashes.slice(from)
    if (remaining.length > 0 && added.length > 0)
      tiles.push({ level, index, width: remaining.length, bytes: joinTile(remaining) })
    partial.push(remaining)
    added = raised
  }
  return { edge: { size, partial }, tiles }
}
