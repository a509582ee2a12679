import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { EMPTY_EDGE, edgeRoot, growEdge, type HashTile, partialTiles, type TreeEdge } from '../../src/log/edge.ts'
import { hashLeaf, treeRoot, verifyConsistency, verifyInclusion } from '../../src/log/merkle.ts'
import { proveConsistency, proveInclusion, tileNodeReader } from '../../src/log/proof.ts'
import {
  decodeEntryBundle,
  encodeEntryBundle,
  MAX_ENTRY_SIZE,
  parseTilePath,
  splitTile,
  tilePath,
  tileWidth,
} from '../../src/log/tile.ts'
import { refused } from './refused.ts'

const address = fc.record(
  {
    level: fc.oneof(fc.nat(63), fc.constant('entries' as const)),
    index: fc.oneof(fc.nat(2000), fc.maxSafeNat()),
    width: fc.integer({ min: 1, max: 256 }),
  },
  { noNullPrototype: true },
)

test('an address has one path, and the path leads back', () => {
  fc.assert(fc.property(address, (tile) => assert.deepEqual(parseTilePath(tilePath(tile)), tile)))
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067')
  assert.equal(tilePath({ level: 'entries', index: 273, width: 112 }), 'tile/entries/273.p/112')
})

test('a changed path is another address or none', () => {
  const change = fc.tuple(address, fc.nat(), fc.constantFrom('x', '0', '1', '/', '.', 'p', '-', ' ', ''))
  fc.assert(
    fc.property(change, ([tile, at, character]) => {
      const path = tilePath(tile)
      const changed = path.slice(0, at % path.length) + character + path.slice((at % path.length) + 1)
      try {
        assert.equal(tilePath(parseTilePath(changed)), changed)
      } catch (error) {
        refused('tile_path')(error)
      }
    }),
  )
})

for (const path of [
  '',
  'checkpoint',
  '/tile/0/000',
  'tile/0/0',
  'tile/0/0000',
  'tile/00/000',
  'tile/64/000',
  'tile/-1/000',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/x000/000',
  'tile/0/x001',
  'tile/0/001/002',
  'tile/0/000/',
  'tile/0/000\n',
  'tile/entry/000',
  'tile/0/x999/x999/x999/x999/x999/999',
  'tile/0/../000',
  'tile/0/٠٠٠',
])
  test(`${JSON.stringify(path)} is no tile`, () => {
    assert.throws(() => parseTilePath(path), refused('tile_path'))
  })

test('a tree of 70,000 has the tiles the specification lists', () => {
  assert.deepEqual(partialTiles(70_000), [
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ])
  assert.deepEqual(partialTiles(256), [{ level: 1, index: 0, width: 1 }])
  assert.deepEqual(partialTiles(0), [])
  assert.equal(tileWidth(0, 272, 70_000), 256)
  assert.equal(tileWidth(0, 274, 70_000), 0)
  assert.equal(tileWidth('entries', 273, 70_000), 112)
})

const leaves = Array.from({ length: 1200 }, (_, index) => hashLeaf(Buffer.from(`entry ${index}`)))

/** Grows a tree batch by batch, keeping the newest version of each tile as a store does. */
function grow(batches: readonly number[]): { edge: TreeEdge; tiles: Map<string, HashTile> } {
  let edge = EMPTY_EDGE
  const tiles = new Map<string, HashTile>()
  for (const batch of batches) {
    const grown = growEdge(edge, leaves.slice(edge.size, edge.size + batch))
    for (const tile of grown.tiles) tiles.set(`${tile.level}/${tile.index}`, tile)
    edge = grown.edge
  }
  return { edge, tiles }
}

test('however a tree grows, root and tiles are those of its size', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 4 }), (batches) => {
      const { edge, tiles } = grow(batches)
      assert.deepEqual(edgeRoot(edge), treeRoot(leaves.slice(0, edge.size)))
      assert.deepEqual(
        edge.partial.flatMap((hashes, level) => (hashes.length === 0 ? [] : [[level, hashes.length]])),
        partialTiles(edge.size).map(({ level, width }) => [level, width]),
      )
      for (const { level, index, width, bytes } of tiles.values()) {
        assert.equal(width, tileWidth(level, index, edge.size))
        const span = 256 ** level
        splitTile(bytes, width)?.forEach((hash, at) => {
          const from = (index * 256 + at) * span
          assert.deepEqual(hash, treeRoot(leaves.slice(from, from + span)))
        })
      }
    }),
    { numRuns: 40 },
  )
})

test('proofs read out of tiles hold', async () => {
  const sizes = [1, 2, 255, 256, 257, 511, 512, 513, 767, 1024, 1200]
  for (const size of sizes) {
    const { edge, tiles } = grow([size])
    const root = edgeRoot(edge)
    const node = tileNodeReader(size, ({ level, index }) => tiles.get(`${level}/${index}`)?.bytes ?? null)
    for (const index of [0, 1, 254, 255, 256, 511, 512, size - 1].filter((index) => index < size)) {
      const proof = await proveInclusion(index, size, node)
      verifyInclusion({ leafHash: leaves[index]!, index, size, root }, proof)
    }
    for (const oldSize of [0, ...sizes].filter((oldSize) => oldSize <= size)) {
      const proof = await proveConsistency(oldSize, size, node)
      const oldRoot = treeRoot(leaves.slice(0, oldSize))
      verifyConsistency({ oldSize, oldRoot, newSize: size, newRoot: root }, proof)
    }
  }
})

test('a tile that is missing or cut is told from a proof that fails', async () => {
  const { tiles } = grow([600])
  const whole = (level: number, index: number) => tiles.get(`${level}/${index}`)?.bytes ?? null
  await proveInclusion(
    3,
    600,
    tileNodeReader(600, ({ level, index }) => whole(level, index)),
  )
  const missing = tileNodeReader(600, ({ level, index }) => (index === 0 && level === 0 ? null : whole(level, index)))
  await assert.rejects(proveInclusion(3, 600, missing), refused('tree_data_missing'))
  const cut = tileNodeReader(600, ({ level, index }) => whole(level, index)?.subarray(1) ?? null)
  await assert.rejects(proveInclusion(3, 600, cut), refused('tree_data_missing'))
  // A reader made for a larger tree than the tiles hold asks for a wider tile than there is.
  const ahead = tileNodeReader(601, ({ level, index }) => whole(level, index))
  await assert.rejects(proveInclusion(3, 601, ahead), refused('tree_data_missing'))
})

test('no consistency proof leads backwards', async () => {
  const node = tileNodeReader(5, () => null)
  await assert.rejects(proveConsistency(6, 5, node), refused('consistency_sizes'))
})

test('entry bundles come back, and only with the width they were asked for', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 })
  fc.assert(
    fc.property(entries, (list) => {
      const bundle = encodeEntryBundle(list)
      assert.deepEqual(
        decodeEntryBundle(bundle, list.length).map((entry) => [...entry]),
        list.map((entry) => [...entry]),
      )
      assert.throws(() => decodeEntryBundle(bundle, list.length + 1), refused('entry_bundle'))
      if (list.length > 0) {
        assert.throws(() => decodeEntryBundle(bundle, list.length - 1), refused('entry_bundle'))
        assert.throws(() => decodeEntryBundle(bundle.subarray(0, -1), list.length), refused('entry_bundle'))
      }
    }),
  )
  assert.equal(encodeEntryBundle([new Uint8Array(MAX_ENTRY_SIZE)]).length, MAX_ENTRY_SIZE + 2)
  assert.throws(() => encodeEntryBundle([new Uint8Array(MAX_ENTRY_SIZE + 1)]), refused('entry_bundle'))
})
