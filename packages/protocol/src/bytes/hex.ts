/** Strict lower-case hexadecimal, shared with the attestation engine, which may import nothing. */
export { decodeHex, encodeHex } from '@perf-aggregator/attestation/bytes'
