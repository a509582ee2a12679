import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { emptyRoot, hashLeaf, hashNode, treeRoot, verifyConsistency, verifyInclusion } from '../../src/log/merkle.ts'
import { proveConsistency, proveInclusion } from '../../src/log/proof.ts'
import { refused } from './refused.ts'

/** The definition of RFC 6962 section 2.1, word for word over the platform's own SHA-256. */
function definition(entries: readonly Uint8Array[]): Buffer {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const [only] = entries
  if (only === undefined) return sha256()
  if (entries.length === 1) return sha256(Buffer.of(0), only)
  let split = 1
  while (split * 2 < entries.length) split *= 2
  return sha256(Buffer.of(1), definition(entries.slice(0, split)), definition(entries.slice(split)))
}

const entries = Array.from({ length: 300 }, (_, index) => Buffer.from(`entry ${index}`))
const leaves = entries.map(hashLeaf)

/** A node reader over the leaves themselves, so that no tile is involved. */
function node(height: number, index: number): Uint8Array {
  return treeRoot(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

test('the published roots of the eight reference leaves', () => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const hashes = leaves.map((leaf) => hashLeaf(Buffer.from(leaf, 'hex')))
  roots.forEach((root, size) => {
    assert.equal(Buffer.from(treeRoot(hashes.slice(0, size))).toString('hex'), root)
  })
})

test('roots of every size up to 300 are those of the definition', () => {
  for (let size = 0; size <= entries.length; size += 1)
    assert.deepEqual(Buffer.from(treeRoot(leaves.slice(0, size))), definition(entries.slice(0, size)), `size ${size}`)
})

test('every inclusion proof up to size 300 holds, and with any one thing changed fails for that reason', async () => {
  for (let size = 1; size <= 300; size += 1) {
    const root = treeRoot(leaves.slice(0, size))
    // All indexes of the small trees, of the larger ones the edges and a walk that differs from size to size.
    const indexes =
      size <= 33
        ? [...leaves.slice(0, size).keys()]
        : [0, size - 1, (size * 7) % size, (size * size + 31) % size, size >> 1]
    for (const index of indexes) {
      const proof = await proveInclusion(index, size, node)
      const claim = { leafHash: leaves[index]!, index, size, root }
      verifyInclusion(claim, proof)
      const bit = (size * 31 + index) % 256
      const mismatch = refused('inclusion_mismatch')
      assert.throws(() => verifyInclusion({ ...claim, leafHash: flipped(claim.leafHash, bit) }, proof), mismatch)
      assert.throws(() => verifyInclusion({ ...claim, root: flipped(root, bit) }, proof), mismatch)
      proof.forEach((hash, at) => {
        assert.throws(() => verifyInclusion(claim, proof.with(at, flipped(hash, bit))), mismatch)
      })
      const length = refused('inclusion_length')
      assert.throws(() => verifyInclusion(claim, [...proof, root]), length)
      assert.throws(() => verifyInclusion(claim, [root, ...proof]), length)
      if (proof.length > 0) assert.throws(() => verifyInclusion(claim, proof.slice(1)), length)
      assert.throws(() => verifyInclusion({ ...claim, index: size }, proof), refused('inclusion_index'))
    }
  }
})

test('every bit of one proof counts', async () => {
  const proof = await proveInclusion(5, 13, node)
  const claim = { leafHash: leaves[5]!, index: 5, size: 13, root: treeRoot(leaves.slice(0, 13)) }
  verifyInclusion(claim, proof)
  for (const [at, hash] of proof.entries())
    for (let bit = 0; bit < 256; bit += 1)
      assert.throws(() => verifyInclusion(claim, proof.with(at, flipped(hash, bit))), refused('inclusion_mismatch'))
})

test('every consistency proof up to size 300 holds, and with any one thing changed fails for that reason', async () => {
  for (let newSize = 1; newSize <= 300; newSize += newSize < 40 ? 1 : 13) {
    const newRoot = treeRoot(leaves.slice(0, newSize))
    const oldSizes =
      newSize < 40 ? [...leaves.keys()].slice(0, newSize + 1) : [0, 1, 32, newSize >> 1, newSize - 1, newSize]
    for (const oldSize of oldSizes) {
      const oldRoot = treeRoot(leaves.slice(0, oldSize))
      const proof = await proveConsistency(oldSize, newSize, node)
      const claim = { oldSize, oldRoot, newSize, newRoot }
      verifyConsistency(claim, proof)
      const bit = (newSize * 31 + oldSize) % 256
      const mismatch = refused('consistency_mismatch')
      assert.throws(() => verifyConsistency({ ...claim, oldRoot: flipped(oldRoot, bit) }, proof), mismatch)
      // From the empty tree everything follows, so there no new root is wrong.
      if (oldSize > 0)
        assert.throws(() => verifyConsistency({ ...claim, newRoot: flipped(newRoot, bit) }, proof), mismatch)
      proof.forEach((hash, at) => {
        assert.throws(() => verifyConsistency(claim, proof.with(at, flipped(hash, bit))), mismatch)
      })
      const length = refused('consistency_length')
      assert.throws(() => verifyConsistency(claim, [...proof, newRoot]), length)
      assert.throws(() => verifyConsistency(claim, [oldRoot, ...proof]), length)
      if (proof.length > 0) assert.throws(() => verifyConsistency(claim, proof.slice(1)), length)
      if (oldSize < newSize)
        assert.throws(
          () => verifyConsistency({ oldSize: newSize, oldRoot: newRoot, newSize: oldSize, newRoot: oldRoot }, proof),
          refused('consistency_sizes'),
        )
    }
  }
})

test('from the empty tree: an empty proof and the empty root', () => {
  const claim = { oldSize: 0, oldRoot: emptyRoot(), newSize: 7, newRoot: treeRoot(leaves.slice(0, 7)) }
  verifyConsistency(claim, [])
  verifyConsistency({ ...claim, newSize: 0, newRoot: emptyRoot() }, [])
  assert.throws(() => verifyConsistency(claim, [leaves[0]!]), refused('consistency_length'))
  assert.throws(() => verifyConsistency({ ...claim, oldRoot: leaves[0]! }, []), refused('consistency_mismatch'))
  assert.throws(() => verifyConsistency({ ...claim, newSize: 0 }, []), refused('consistency_mismatch'))
})

for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
  test(`a tree of size ${size} does not exist`, () => {
    const root = leaves[0]!
    assert.throws(() => verifyInclusion({ leafHash: root, index: 0, size, root }, []), refused('tree_size'))
    const claim = { oldSize: 1, oldRoot: root, newSize: size, newRoot: root }
    assert.throws(() => verifyConsistency(claim, []), refused('tree_size'))
    assert.throws(() => verifyConsistency({ ...claim, oldSize: size, newSize: 1 }, []), refused('tree_size'))
  })

test('sizes beyond 32 bits: the path of a single left-most leaf', () => {
  const size = 2 ** 52 + 1
  let root = leaves[0]!
  const proof = Array.from({ length: 53 }, (_, level) => leaves[level]!)
  for (const sibling of proof) root = hashNode(root, sibling)
  verifyInclusion({ leafHash: leaves[0]!, index: 0, size, root }, proof)
  assert.throws(
    () => verifyInclusion({ leafHash: leaves[0]!, index: 0, size, root }, proof.slice(1)),
    refused('inclusion_length'),
  )
})

for (const index of [-1, 0.5, Number.NaN, 8])
  test(`index ${index} is not in a tree of 8`, async () => {
    const root = treeRoot(leaves.slice(0, 8))
    assert.throws(() => verifyInclusion({ leafHash: leaves[0]!, index, size: 8, root }, []), refused('inclusion_index'))
    await assert.rejects(proveInclusion(index, 8, node), refused('inclusion_index'))
  })

test('hashes of another length are refused as part of a proof', () => {
  const root = hashNode(leaves[0]!, leaves[1]!)
  const claim = { leafHash: leaves[0]!, index: 0, size: 2, root }
  verifyInclusion(claim, [leaves[1]!])
  assert.throws(() => verifyInclusion(claim, [leaves[1]!.subarray(1)]), refused('inclusion_length'))
})
