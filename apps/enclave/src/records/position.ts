/**
 * Where a page of records ended, opaque to the client: it holds both sort keys, so that the next page is right even when
 * the last record of this one was destroyed meanwhile.
 */
import { EnclaveError } from '../errors.ts'
import type { RecordMetadata } from '../http/services.ts'

const POSITION = /^(\d{1,15})\.([A-Za-z0-9_-]{22})$/

export function encodePosition({ createdAt, id }: Pick<RecordMetadata, 'createdAt' | 'id'>): string {
  return Buffer.from(`${createdAt}.${id}`).toString('base64url')
}

/** Throws `invalid_request` for anything `encodePosition` does not make. */
export function decodePosition(text: string): Pick<RecordMetadata, 'createdAt' | 'id'> {
  const [, createdAt, id] = POSITION.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? []
  const position = { createdAt: Number(createdAt), id: id ?? '' }
  if (createdAt === undefined || encodePosition(position) !== text) {
    throw new EnclaveError('invalid_request', 'after is not the "next" of a page')
  }
  return position
}
