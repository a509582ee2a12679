/** Files a person names: what is wrong with them is said in a sentence, not in a stack trace. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { UsageError } from './usage-error.ts'

/** Longer than anything that is read here; every reader refuses it for its length alone. */
const MOST = 67_108_864
const CHUNK = 1_048_576

/** The whole file, or of a longer one than any reader takes, or of one without an end, the beginning; or `UsageError`. */
export function readInput(path: string): Uint8Array {
  try {
    const file = openSync(path, 'r')
    try {
      return readBeginning(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reason(error)}`)
  }
}

function readBeginning(file: number): Uint8Array {
  const chunks: Uint8Array[] = []
  let length = 0
  while (length <= MOST) {
    const chunk = new Uint8Array(CHUNK)
    const read = readSync(file, chunk)
    if (read === 0) break
    chunks.push(chunk.subarray(0, read))
    length += read
  }
  return Buffer.concat(chunks)
}

/**
 * Throws `UsageError` where `path` cannot be written: asked before work whose result would be lost. Its folder must be
 * there already.
 */
export function requireWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK)
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${reason(error)}`)
  }
  if (existsSync(path) && !statSync(path).isFile()) throw new UsageError(`${path} cannot be written: it is not a file`)
}

/** Writes `text`, or throws `UsageError`. */
export function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${reason(error)}`)
  }
}

/** Why the file system refused, in words. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'permission denied'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in the way of a folder'
    default:
      return typeof code === 'string' ? code : 'unknown reason'
  }
}
