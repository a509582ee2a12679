import { readNitroDocument } from '../nitro/document.ts'
import { readCertificate, type X509Certificate } from '../x509/index.ts'

/** The certificates an attestation document carries, leaf first; none where it cannot be read. */
export function nitroChain(document: Uint8Array): readonly X509Certificate[] {
  try {
    return readNitroDocument(document).chain.map(readCertificate)
  } catch {
    return []
  }
}
