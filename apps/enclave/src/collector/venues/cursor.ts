/** Reading back a cursor of our own. It was sealed, so an ill-formed one is a fault of ours: `storage_altered`. */
import { EnclaveError } from '../../errors.ts'
import type { Cursor } from '../../ports/venue.ts'

export function cursorText(cursor: Cursor, name: string): string {
  const value = cursor[name]
  if (typeof value !== 'string') throw altered()
  return value
}

export function cursorNumber(cursor: Cursor, name: string): number {
  const value = cursor[name]
  if (typeof value !== 'number') throw altered()
  return value
}

function altered(): EnclaveError {
  return new EnclaveError('storage_altered', 'a cursor has not the form its stream gave it')
}
