import { decodeBase64, encodeBase64 } from '../bytes/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'

/** The log's entry for a certificate: `perf-cert/v1\n<base64 digest>\n`, of its payload digest, 32 bytes. */
export function certificateLeaf(digest: Uint8Array): Uint8Array<ArrayBuffer> {
  if (digest.length !== DIGEST_SIZE) throw malformed()
  return encodeUtf8(`${HEADER}\n${encodeBase64(digest)}\n`)
}

/** Strict inverse of {@link certificateLeaf}. Throws `leaf_malformed`. */
export function parseCertificateLeaf(leaf: Uint8Array): Uint8Array {
  try {
    const [header, encoded, end, ...rest] = decodeUtf8(leaf).split('\n')
    const digest = decodeBase64(encoded ?? '')
    if (header === HEADER && end === '' && rest.length === 0 && digest.length === DIGEST_SIZE) return digest
  } catch (cause) {
    throw malformed(cause)
  }
  throw malformed()
}

const HEADER = 'perf-cert/v1'
const DIGEST_SIZE = 32

function malformed(cause?: unknown): ProtocolError {
  return new ProtocolError('leaf_malformed', 'not the leaf of a certificate', { cause })
}
