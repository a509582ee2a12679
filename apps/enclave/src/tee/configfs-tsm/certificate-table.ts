/**
 * The table of certificates a hypervisor hands to an SNP guest (AMD 56421, GHCB, section 4.1.8.1): entries of GUID, offset and length, ended
 * by one of zeros, then the certificates. The hypervisor is not trusted: nothing in the table is believed, and every bound is checked.
 */
import { EnclaveError } from '../../errors.ts'

/** Place in a chain, leaf first, by GUID as it stands in memory: the first three parts little-endian. */
const PLACES: Readonly<Record<string, number>> = {
  // 63da758d-e664-4564-adc5-f4b93be8accd, VCEK
  '8d75da6364e66445adc5f4b93be8accd': 0,
  // a8074bc2-a25a-483e-aae6-39c045a0b8a1, VLEK
  c24b07a85aa23e48aae639c045a0b8a1: 0,
  // 4ab7b379-bbac-4fe4-a02f-05aef327c782, ASK or ASVK
  '79b3b74aacbbe44fa02f05aef327c782': 1,
  // c0b406a4-a803-4952-9743-3fb6014cd0ae, ARK
  a406b4c003a8524997433fb6014cd0ae: 2,
}

const ENTRY = 24
const MOST_ENTRIES = 32
const NONE = '0'.repeat(32)

/**
 * The certificates of endorsement key, intermediate and root, in this order, as far as the table has them; others are left out.
 * Empty for an empty table. `tee_unavailable` for a table that contradicts itself.
 */
export function readCertificateTable(table: Uint8Array): readonly Uint8Array[] {
  if (table.length === 0) return []
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength)
  const chain = new Map<number, Uint8Array>()
  for (let entry = 0; entry < MOST_ENTRIES; entry++) {
    const at = entry * ENTRY
    if (at + ENTRY > table.length) throw malformed('without an end')
    const guid = Buffer.from(table.subarray(at, at + 16)).toString('hex')
    if (guid === NONE) return [...chain].toSorted(([left], [right]) => left - right).map(([, bytes]) => bytes)
    const [offset, length] = [view.getUint32(at + 16, true), view.getUint32(at + 20, true)]
    if (length === 0 || offset < at + ENTRY || offset + length > table.length)
      throw malformed('with an entry beyond it')
    const place = PLACES[guid]
    if (place === undefined) continue
    if (chain.has(place)) throw malformed('with two certificates for one place')
    chain.set(place, table.slice(offset, offset + length))
  }
  throw malformed('with too many entries')
}

function malformed(what: string): EnclaveError {
  return new EnclaveError('tee_unavailable', `configfs-tsm: a table of certificates ${what}`)
}
