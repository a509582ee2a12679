/** What the shared codecs throw, instead of a `ProtocolError`: a caller with a check of its own wraps it in its code. */
export { EncodingError, type EncodingErrorCode } from '@perf-aggregator/attestation/bytes'
