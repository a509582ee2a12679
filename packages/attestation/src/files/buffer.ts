/** Evidence as drivers hand it out: in a buffer larger than it, or with the host's certificates behind it. */
import { isZero } from '../bytes/index.ts'
import { SNP_REPORT_SIZE } from '../snp/report.ts'
import { readCertificateTable } from './certificate-table.ts'
import type { evidenceKind } from './evidence-kind.ts'

export interface EvidenceBuffer {
  /** The evidence, exactly; as given where what follows is neither. */
  readonly quote: Uint8Array
  /** DER */
  readonly certificates: readonly Uint8Array[]
}

/** Header, body and the length of what follows, of SGX quotes of version 3. */
const SGX_BEFORE_LENGTH = 432

/**
 * Cuts off zeros behind an SNP report or an SGX quote, and reads a certificate table there. Padding of TDX quotes is part of what
 * their own parser knows.
 */
export function readBuffer(kind: NonNullable<ReturnType<typeof evidenceKind>>, bytes: Uint8Array): EvidenceBuffer {
  const end = kind === 'snp' ? SNP_REPORT_SIZE : kind === 'sgx' ? sgxEnd(bytes) : null
  if (end === null || bytes.length <= end) return { quote: bytes, certificates: [] }
  const rest = bytes.subarray(end)
  const certificates = isZero(rest) ? [] : kind === 'snp' ? readCertificateTable(rest) : null
  return certificates ? { quote: bytes.subarray(0, end), certificates } : { quote: bytes, certificates: [] }
}

function sgxEnd(bytes: Uint8Array): number | null {
  if (bytes[0] !== 3 || bytes.length < SGX_BEFORE_LENGTH + 4) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return SGX_BEFORE_LENGTH + 4 + view.getUint32(SGX_BEFORE_LENGTH, true)
}
