/** Byte strings and big-endian integers, shared with the attestation engine, which may import nothing. */
export {
  type Bytes,
  concat,
  equalBytes,
  joinSecret,
  readU64,
  secretBytes,
  u16,
  u32,
  u64,
} from '@perf-aggregator/attestation/bytes'
