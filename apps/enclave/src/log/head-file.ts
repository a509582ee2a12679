import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EnclaveError } from '../errors.ts'
import type { HeadWitness } from './head-witness.ts'

/**
 * The witness as one file: written beside, synced, renamed over, the folder synced. What it holds is signed by the log
 * itself, so it needs no seal. Rejects `storage_unavailable`.
 *
 * Enclaves on one database may share the folder: none ever sees half of what another writes.
 */
export function fileHeadWitness(path: string): HeadWitness {
  const beside = `${path}.${randomUUID()}.new`
  return {
    async read() {
      try {
        return await readFile(path, 'utf8')
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
        throw unavailable(cause)
      }
    },

    async write(checkpoint) {
      try {
        await writeSynced(beside, checkpoint)
        await rename(beside, path)
        await syncFolder(dirname(path))
      } catch (cause) {
        throw unavailable(cause)
      }
    },
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/** A rename is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

function unavailable(cause: unknown): EnclaveError {
  return new EnclaveError('storage_unavailable', 'the file of the newest log head cannot be used', { cause })
}
