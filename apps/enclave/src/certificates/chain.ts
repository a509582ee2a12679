/**
 * The place of a certificate in the chain of its subject, as the database keeps it. `seq` and `prev` of the next certificate
 * are signed from the row of the one before, and a draft is finished from its row: each row therefore carries a MAC, so
 * that the host can hide a certificate and never invent one.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import { context } from '../sealing/context.ts'

export interface ChainedRow {
  /** The digest of the payload, so that the MAC covers every claim. */
  readonly id: string
  readonly subject: string
  readonly seq: number
  readonly prev: string | null
}

export function macOfPlace(branch: KeyObject, { id, subject, seq, prev }: ChainedRow): Buffer {
  return createHmac('sha256', branch)
    .update(context('certificate', id, subject, seq, ...(prev === null ? [] : [prev])))
    .digest()
}

/** Throws `storage_altered` when this enclave did not write `row`. */
export function requireOwnPlace(branch: KeyObject, row: ChainedRow & { readonly mac: Uint8Array }): void {
  const mac = macOfPlace(branch, row)
  if (row.mac.length !== mac.length || !timingSafeEqual(row.mac, mac)) {
    throw new EnclaveError('storage_altered', 'a stored certificate is not one this enclave made')
  }
}
