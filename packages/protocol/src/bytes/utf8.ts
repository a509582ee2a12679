/** Strict UTF-8, shared with the attestation engine, which may import nothing. */
export { decodeUtf8, encodeUtf8 } from '@perf-aggregator/attestation/bytes'
