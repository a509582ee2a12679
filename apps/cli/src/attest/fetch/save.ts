/**
 * Files that others read at any moment: each is there whole, the old one or the new one. Others may write in the folder too: a link or a
 * pipe they leave there is never opened as such.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { reason } from '../../settings/files.ts'
import { UsageError } from '../../settings/usage-error.ts'
import { MOST_ANSWER } from './ask.ts'

/** Makes the folder, or throws `UsageError`. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new UsageError(`${folder} cannot be made: ${reason(error)}`)
  }
}

/** The regular file under this name, at most {@link MOST_ANSWER} bytes; null for any other and where there is none. */
export function atHand(folder: string, name: string): Uint8Array | null {
  try {
    const file = openSync(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return fstatSync(file).isFile() ? readBounded(file) : null
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

/** Null where there is more, whatever size was told before: the file may grow meanwhile. */
function readBounded(file: number): Uint8Array | null {
  const buffer = new Uint8Array(Math.min(fstatSync(file).size, MOST_ANSWER) + 1)
  for (let length = 0; length < buffer.length; ) {
    const read = readSync(file, buffer, length, buffer.length - length, null)
    if (read === 0) return buffer.slice(0, length)
    length += read
  }
  return null
}

/** Into a temporary file beside it, then in its place. `UsageError` where that cannot be written. */
export function replace(folder: string, name: string, bytes: Uint8Array): void {
  // The dot hides it from readers of the folder until it is whole; nobody can guess the rest and put a link there before.
  const temporary = join(folder, `.${name}.${randomUUID()}`)
  try {
    const file = openSync(temporary, NEW_FILE, 0o644)
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

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
