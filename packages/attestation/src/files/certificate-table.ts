/**
 * The certificates a host hands a guest together with its SNP report (AMD 56421, GHCB, "Extended Guest Request"): `auxblob` of
 * configfs-tsm, or what follows the report in tools that write both into one file. Entries of 24 bytes, a GUID, an offset and a length,
 * all little-endian, end with one of zeros.
 */
import { encodeHex, StructureReader } from '../bytes/index.ts'
import { isCertificate } from './collateral-json.ts'

const ENTRY_SIZE = 24
const MOST_ENTRIES = 16

/** GUIDs of VCEK, VLEK, ASK (or ASVK) and ARK as their bytes stand in the table; hosts were seen to write them in either order. */
const CERTIFICATES: readonly string[] = [
  '8d75da6364e66445adc5f4b93be8accd',
  'c24b07a85aa23e48aae639c045a0b8a1',
  '79b3b74aacbbe44fa02f05aef327c782',
  'a406b4c003a8524997433fb6014cd0ae',
  '63da758de6644564adc5f4b93be8accd',
  'a8074bc2a25a483eaae639c045a0b8a1',
  '4ab7b379bbac4fe4a02f05aef327c782',
  'c0b406a4a803495297433fb6014cd0ae',
]

/** The certificates, DER; null for bytes that are no such table. Entries of other kinds, and what is no certificate, are left out. */
export function readCertificateTable(bytes: Uint8Array): readonly Uint8Array[] | null {
  try {
    const reader = new StructureReader(bytes)
    const certificates: Uint8Array[] = []
    for (let entry = 0; entry < MOST_ENTRIES; entry++) {
      const guid = encodeHex(reader.take(16))
      const [offset, length] = [reader.u32le(), reader.u32le()]
      if (/^0+$/.test(guid)) return certificates.length > 0 ? certificates.filter(isCertificate) : null
      if (offset < ENTRY_SIZE || length === 0 || offset + length > bytes.length) return null
      if (CERTIFICATES.includes(guid)) certificates.push(bytes.slice(offset, offset + length))
    }
  } catch {
    // Too short for the entry of zeros that would end it.
  }
  return null
}
