/** Strict base64 and base64url, shared with the attestation engine, which may import nothing. */
export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from '@perf-aggregator/attestation/bytes'
