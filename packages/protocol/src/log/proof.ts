import { ProtocolError } from '../errors.ts'
import { hashNode, largestPowerBelow, requireSize } from './merkle.ts'
import { splitTile, TILE_WIDTH, type TileAddress, tileWidth } from './tile.ts'

/** The root of the perfect subtree over entries `index·2^height` up to `(index+1)·2^height`. */
export type NodeReader = (height: number, index: number) => Promise<Uint8Array> | Uint8Array

/** RFC 6962 section 2.1.1, leaf to root. Throws `inclusion_index`; what the reader throws passes through. */
export async function proveInclusion(index: number, size: number, node: NodeReader): Promise<Uint8Array[]> {
  requireSize(size)
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new ProtocolError('inclusion_index', 'the index is not below the tree size')
  const siblings: Range[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const split = from + largestPowerBelow(to - from)
    if (index < split) {
      siblings.push([split, to])
      to = split
    } else {
      siblings.push([from, split])
      from = split
    }
  }
  return hashRanges(siblings.toReversed(), node)
}

/** RFC 6962 section 2.1.2. Empty from size 0, and between equal sizes. Throws `consistency_sizes`. */
export async function proveConsistency(oldSize: number, newSize: number, node: NodeReader): Promise<Uint8Array[]> {
  requireSize(oldSize)
  requireSize(newSize)
  if (oldSize > newSize) throw new ProtocolError('consistency_sizes', 'the older tree is the larger one')
  if (oldSize === 0 || oldSize === newSize) return []
  const ranges: Range[] = []
  let [from, to] = [0, newSize]
  while (to !== oldSize) {
    const split = from + largestPowerBelow(to - from)
    if (oldSize <= split) {
      ranges.push([split, to])
      to = split
    } else {
      ranges.push([from, split])
      from = split
    }
  }
  // The verifier knows the old root already where it is a subtree of the new tree.
  if (from > 0) ranges.push([from, to])
  return hashRanges(ranges.toReversed(), node)
}

/**
 * Reads nodes out of hash tiles of a tree of `size`. Each tile is asked for once and its inner nodes are kept, so one
 * reader serves many proofs; what failed stays failed, so a reader lives for one task. A tile that is absent or of
 * another width throws `tree_data_missing`.
 */
export function tileNodeReader(
  size: number,
  readTile: (address: TileAddress & { readonly level: number }) => Promise<Uint8Array | null> | Uint8Array | null,
): NodeReader {
  const subtrees = new Map<string, Promise<readonly Uint8Array[][]>>()

  async function load(level: number, index: number): Promise<Uint8Array[][]> {
    const width = tileWidth(level, index, size)
    const tile = width === 0 ? null : await readTile({ level, index, width })
    const hashes = tile === null ? null : splitTile(tile, width)
    if (hashes === null) throw missing()
    return subtreeLevels(hashes)
  }

  return async (height, index) => {
    const level = Math.floor(height / TILE_HEIGHT)
    const inner = height % TILE_HEIGHT
    const perTile = TILE_WIDTH / 2 ** inner
    const tileIndex = Math.floor(index / perTile)
    const key = `${level}/${tileIndex}`
    const subtree = subtrees.get(key) ?? load(level, tileIndex)
    subtrees.set(key, subtree)
    const hash = (await subtree)[inner]?.[index % perTile]
    if (hash === undefined) throw missing()
    return hash
  }
}

const TILE_HEIGHT = 8

/** Entries from, to: the first inclusive, the second not. */
type Range = readonly [from: number, to: number]

/** The perfect subtrees within a tile: its hashes, their pairs, and so on; a node without its right half is left out. */
function subtreeLevels(hashes: Uint8Array[]): Uint8Array[][] {
  const levels = [hashes]
  for (let below = hashes; below.length > 1; ) {
    const above: Uint8Array[] = []
    for (let at = 0; at + 1 < below.length; at += 2) {
      const [left, right] = [below[at], below[at + 1]]
      if (left !== undefined && right !== undefined) above.push(hashNode(left, right))
    }
    levels.push(above)
    below = above
  }
  return levels
}

function hashRanges(ranges: readonly Range[], node: NodeReader): Promise<Uint8Array[]> {
  return Promise.all(ranges.map((range) => hashRange(range, node)))
}

async function hashRange([from, to]: Range, node: NodeReader): Promise<Uint8Array> {
  const width = to - from
  const split = largestPowerBelow(width)
  if (width === 1 || split * 2 === width) return node(Math.log2(width), from / width)
  const [left, right] = await Promise.all([hashRange([from, from + split], node), hashRange([from + split, to], node)])
  return hashNode(left, right)
}

function missing(): ProtocolError {
  return new ProtocolError('tree_data_missing', 'a tile of the tree is missing or malformed')
}
