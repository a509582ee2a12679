/** JSON Canonicalization Scheme (RFC 8785), shared with the attestation engine, which may import nothing. */
export { canonicalJson, canonicalJsonBytes } from '@perf-aggregator/attestation/bytes'
