export {
  checkpointVerifier,
  ed25519CheckpointMessage,
  formatTreeHead,
  type LogTrust,
  mlDsa44CheckpointMessage,
  openCheckpoint,
  parseTreeHead,
  type TreeHead,
  timestampedSignature,
  type VerifiedCheckpoint,
} from './checkpoint.ts'
export { EMPTY_EDGE, edgeRoot, growEdge, type HashTile, partialTiles, type TreeEdge } from './edge.ts'
export { certificateLeaf, parseCertificateLeaf } from './leaf.ts'
export {
  type ConsistencyClaim,
  emptyRoot,
  HASH_SIZE,
  hashLeaf,
  hashNode,
  type InclusionClaim,
  sameHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'
export {
  formatNote,
  MAX_NOTE_LENGTH,
  MAX_NOTE_SIGNATURES,
  type NoteSignature,
  type NoteVerifier,
  openNote,
  parseNote,
  type UnverifiedNote,
} from './note.ts'
export { type NodeReader, proveConsistency, proveInclusion, tileNodeReader } from './proof.ts'
export {
  decodeEntryBundle,
  encodeEntryBundle,
  joinTile,
  MAX_ENTRY_SIZE,
  parseTilePath,
  splitTile,
  TILE_WIDTH,
  type TileAddress,
  tilePath,
  tileWidth,
} from './tile.ts'
export { formatTlogProof, type ProvedEntry, parseTlogProof, type TlogProof, verifyTlogProof } from './tlog-proof.ts'
export { createNoteKey, formatVkey, NOTE_KEY_TYPES, type NoteAlgorithm, type NoteKey, parseVkey } from './vkey.ts'
