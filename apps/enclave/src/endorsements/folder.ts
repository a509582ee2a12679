/**
 * The folder of `ENDORSEMENTS_DIR` on disk. Whoever writes there is the host, so what lies in it is hostile until it was parsed: a
 * link could name a file of this machine that nobody outside may read, a pipe would hold the reader for ever.
 */
import { constants, lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface FolderEntry {
  /** Without folders */
  readonly name: string
  /** Another text for another file or another content of it. */
  readonly version: string
}

/** Each rejects with a {@link FolderError} or the file system's own error. */
export interface EndorsementFolder {
  /** By name, at most {@link MOST_ENTRIES}; `whole` is false where there are more. */
  list(): Promise<{ readonly entries: readonly FolderEntry[]; readonly whole: boolean }>
  /** The file in memory, at most {@link MOST_FILE} bytes. */
  read(name: string): Promise<Uint8Array>
}

export class FolderError extends Error {
  override readonly name = 'FolderError'
  readonly code: 'file_not_regular' | 'file_too_large'

  constructor(code: FolderError['code']) {
    super(code)
    this.code = code
  }
}

export const MOST_ENTRIES = 64
/** Bytes; the longest that any vendor serves is far below. */
export const MOST_FILE = 262_144

export function endorsementFolder(directory: string): EndorsementFolder {
  return {
    async list() {
      const names: string[] = []
      for await (const { name } of await opendir(directory)) {
        if (names.length > MOST_ENTRIES) break
        // What a writer has not yet moved to its place.
        if (!name.startsWith('.')) names.push(name)
      }
      const kept = names.toSorted().slice(0, MOST_ENTRIES)
      const entries = await Promise.all(kept.map(async (name) => ({ name, version: await versionOf(directory, name) })))
      return { entries, whole: names.length <= MOST_ENTRIES }
    },
    async read(name) {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const file = await open(join(directory, name), flags).catch((error: unknown) => {
        throw isLink(error) ? new FolderError('file_not_regular') : error
      })
      try {
        // Asked of what is open: the name may mean another file by now.
        const stats = await file.stat()
        if (!stats.isFile()) throw new FolderError('file_not_regular')
        if (stats.size > MOST_FILE) throw new FolderError('file_too_large')
        const buffer = new Uint8Array(MOST_FILE + 1)
        let length = 0
        for (;;) {
          const { bytesRead } = await file.read(buffer, length, buffer.length - length)
          if (bytesRead === 0) return buffer.slice(0, length)
          length += bytesRead
          if (length > MOST_FILE) throw new FolderError('file_too_large')
        }
      } finally {
        await file.close()
      }
    },
  }
}

async function versionOf(directory: string, name: string): Promise<string> {
  try {
    const { ino, size, ctimeNs } = await lstat(join(directory, name), { bigint: true })
    // The change time: it moves with permissions and a rename too, and nobody sets it back.
    return `${ino}/${size}/${ctimeNs}`
  } catch {
    return 'gone'
  }
}

function isLink(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP'
}
