import { ProtocolError } from '../errors.ts'
import { HASH_SIZE } from './merkle.ts'

/** Hashes of a full tile: a subtree of height 8 (C2SP tlog-tiles). */
export const TILE_WIDTH = 256

/** The longest entry a bundle can hold: its length is a `u16`. */
export const MAX_ENTRY_SIZE = 0xffff

/** One resource of the log's read side. Level `entries` holds the entries under the tile of level 0 with that index. */
export interface TileAddress {
  readonly level: number | 'entries'
  readonly index: number
  /** 1 to 256; 256 is a full tile. */
  readonly width: number
}

/** `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`, without leading slash. */
export function tilePath({ level, index, width }: TileAddress): string {
  let groups = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups = `x${String(rest % 1000).padStart(3, '0')}/${groups}`
  return `tile/${level}/${groups}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** Strict inverse of {@link tilePath}: each address has one path. Throws `tile_path`. */
export function parseTilePath(path: string): TileAddress {
  const match = TILE_PATH.exec(path)
  const [, level = '', groups = '', width] = match ?? []
  const address: TileAddress = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  const known = address.level === 'entries' || address.level <= MAX_LEVEL
  if (match === null || !known || !Number.isSafeInteger(address.index) || tilePath(address) !== path)
    throw new ProtocolError('tile_path', 'not the path of a tile')
  return address
}

const MAX_LEVEL = 63
const TILE_PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** How wide the tile at `level`, `index` is in a tree of `size` entries; 0 when the tree has no such tile. */
export function tileWidth(level: number | 'entries', index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level))
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}

/** The hashes of a hash tile, or null when `tile` is not of `width` hashes. */
export function splitTile(tile: Uint8Array, width: number): Uint8Array[] | null {
  if (tile.length !== width * HASH_SIZE) return null
  return Array.from({ length: width }, (_, at) => tile.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE))
}

/** A hash tile of `hashes`. */
export function joinTile(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const tile = new Uint8Array(hashes.length * HASH_SIZE)
  hashes.forEach((hash, at) => {
    tile.set(hash, at * HASH_SIZE)
  })
  return tile
}

/** An entry bundle: each entry after its `u16` length. Throws `entry_bundle` for an entry longer than that can say. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (entries.some((entry) => entry.length > MAX_ENTRY_SIZE))
    throw new ProtocolError('entry_bundle', `an entry is longer than ${MAX_ENTRY_SIZE} bytes`)
  const bundle = new Uint8Array(entries.reduce((total, entry) => total + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    bundle[at] = entry.length >> 8
    bundle[at + 1] = entry.length & 0xff
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/** The entries of a bundle that holds exactly `width` of them; otherwise throws `entry_bundle`. */
export function decodeEntryBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  let at = 0
  while (entries.length < width && at + 2 <= bundle.length) {
    const end = at + 2 + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0))
    if (end > bundle.length) break
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  if (entries.length !== width || at !== bundle.length)
    throw new ProtocolError('entry_bundle', `not a bundle of ${width} entries`)
  return entries
}
