import { sha256 } from '@noble/hashes/sha2.js'
import { encodeBase64Url } from '../bytes/base64.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'

/** SHA-256 of the payload *string* (base64url, ASCII) of a statement: what the log's leaf commits to. 32 bytes. */
export function payloadDigest(payload: string): Uint8Array {
  return sha256(encodeUtf8(payload))
}

/**
 * The name of a certificate: base64url of {@link payloadDigest}. It depends on nothing but what was signed, so a reader
 * computes it from the file, and `prev` of the next certificate of the same accounts holds it.
 */
export function certificateId(payload: string): string {
  return encodeBase64Url(payloadDigest(payload))
}
