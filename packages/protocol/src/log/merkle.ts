import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from '../bytes/octets.ts'
import { ProtocolError } from '../errors.ts'

/** Bytes of a tree hash: the tree is RFC 6962's, over SHA-256. */
export const HASH_SIZE = 32

/** RFC 6962 section 2.1: the hash of one entry, `SHA-256(0x00 ‖ entry)`. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + entry.length)
  input.set(entry, 1)
  return sha256(input)
}

/** RFC 6962 section 2.1: `SHA-256(0x01 ‖ left ‖ right)`. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_SIZE)
  input[0] = 1
  input.set(left, 1)
  input.set(right, 1 + HASH_SIZE)
  return sha256(input)
}

/** The root of the empty tree, `SHA-256("")`. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0))
}

/** RFC 6962 section 2.1, MTH over hashes already made: splits at the largest power of two below their number. */
export function treeRoot(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes
  if (first === undefined) return emptyRoot()
  if (hashes.length === 1) return first
  const split = largestPowerBelow(hashes.length)
  return hashNode(treeRoot(hashes.slice(0, split)), treeRoot(hashes.slice(split)))
}

/** The largest power of two below `size`, where RFC 6962 splits a tree of `size` > 1 leaves. */
export function largestPowerBelow(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** What an inclusion proof is checked against. `size` and `root` are those of a checkpoint already verified. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
}

/**
 * RFC 9162 section 2.1.3.2. Returns when `proof`, leaf to root, proves the claim; otherwise throws
 * `tree_size`, `inclusion_index`, `inclusion_length` or `inclusion_mismatch`.
 */
export function verifyInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): void {
  requireSize(claim.size)
  if (!Number.isSafeInteger(claim.index) || claim.index < 0 || claim.index >= claim.size)
    throw new ProtocolError('inclusion_index', 'the index is not below the tree size')
  const sides = siblingSides(claim.index, claim.size - 1)
  requireHashes(proof, sides.length, 'inclusion_length')
  let root = claim.leafHash
  sides.forEach((side, at) => {
    root = side === 'left' ? hashNode(hashAt(proof, at), root) : hashNode(root, hashAt(proof, at))
  })
  if (!sameHash(root, claim.root))
    throw new ProtocolError('inclusion_mismatch', 'the inclusion proof does not lead to the root')
}

/** Two states of one log; the newer is claimed to extend the older. */
export interface ConsistencyClaim {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly newSize: number
  readonly newRoot: Uint8Array
}

/**
 * RFC 9162 section 2.1.4.2. Returns when `proof` proves that the newer tree extends the older one; otherwise throws
 * `tree_size`, `consistency_sizes`, `consistency_length` or `consistency_mismatch`.
 *
 * The RFC leaves size 0 undefined. Here every tree extends the empty tree: an old size of 0 takes an empty proof, as
 * the C2SP witness protocol has it, and the old root must then be the empty tree's.
 */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): void {
  const { oldSize, oldRoot, newSize, newRoot } = claim
  requireSize(oldSize)
  requireSize(newSize)
  if (oldSize > newSize) throw new ProtocolError('consistency_sizes', 'the older tree is the larger one')
  if (oldSize === 0 || oldSize === newSize) {
    requireHashes(proof, 0, 'consistency_length')
    const expected = oldSize === 0 ? emptyRoot() : newRoot
    if (!sameHash(oldRoot, expected) || (newSize === 0 && !sameHash(newRoot, expected))) throw inconsistent()
    return
  }

  let { index, last } = { index: oldSize - 1, last: newSize - 1 }
  while (index % 2 === 1) {
    index = (index - 1) / 2
    last = Math.floor(last / 2)
  }
  const sides = siblingSides(index, last)
  // An old tree that is one perfect subtree of the new one is its own starting point, and not repeated in the proof.
  const perfect = index === 0
  requireHashes(proof, sides.length + (perfect ? 0 : 1), 'consistency_length')
  const seed = perfect ? oldRoot : hashAt(proof, 0)
  let [fromOld, fromNew] = [seed, seed]
  sides.forEach((side, at) => {
    const sibling = hashAt(proof, at + (perfect ? 0 : 1))
    if (side === 'left') fromOld = hashNode(sibling, fromOld)
    fromNew = side === 'left' ? hashNode(sibling, fromNew) : hashNode(fromNew, sibling)
  })
  if (!sameHash(fromOld, oldRoot) || !sameHash(fromNew, newRoot)) throw inconsistent()
}

/** Whether two hashes are the same bytes. Tree hashes are public: time does not matter. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === HASH_SIZE && equalBytes(a, b)
}

/** Throws `tree_size` unless `size` is an integer a JavaScript number holds exactly. */
export function requireSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new ProtocolError('tree_size', 'a tree size is a whole number below 2^53')
}

/**
 * On which side the sibling lies on each step from node `index` up to the root, where `last` is the last node of the
 * same level. The last node of an even-numbered level end has no sibling and rises by itself: no step.
 */
function siblingSides(index: number, last: number): ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = []
  while (last > 0) {
    if (index % 2 === 1) sides.push('left')
    else if (index < last) sides.push('right')
    index = Math.floor(index / 2)
    last = Math.floor(last / 2)
  }
  return sides
}

function requireHashes(
  proof: readonly Uint8Array[],
  length: number,
  code: 'inclusion_length' | 'consistency_length',
): void {
  if (proof.length !== length || proof.some((hash) => hash.length !== HASH_SIZE))
    throw new ProtocolError(code, `the proof is not of ${length} hashes of ${HASH_SIZE} bytes`)
}

function hashAt(proof: readonly Uint8Array[], at: number): Uint8Array {
  const hash = proof[at]
  if (hash === undefined) throw new RangeError('the length of the proof was checked')
  return hash
}

function inconsistent(): ProtocolError {
  return new ProtocolError('consistency_mismatch', 'the newer tree does not extend the older one')
}
