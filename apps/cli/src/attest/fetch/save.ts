/** Files that others read at any moment: each is there whole, the old one or the new one. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { reason } from '../../settings/files.ts'
import { UsageError } from '../../settings/usage-error.ts'

/** Makes the folder, or throws `UsageError`. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new UsageError(`${folder} cannot be made: ${reason(error)}`)
  }
}

/** What is there under this name, or null. */
export function atHand(folder: string, name: string): Uint8Array | null {
  try {
    return readFileSync(join(folder, name))
  } catch {
    return null
  }
}

/** Into a temporary file beside it, then in its place. `UsageError` where that cannot be written. */
export function replace(folder: string, name: string, bytes: Uint8Array): void {
  // The dot hides it from readers of the folder until it is whole.
  const temporary = join(folder, `.${name}.${process.pid}`)
  try {
    const file = openSync(temporary, 'w', 0o644)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, join(folder, name))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new UsageError(`${join(folder, name)} cannot be written: ${reason(error)}`)
  }
}
