import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'

const LENGTH = 32

/**
 * The 32 bytes in the file at `path`, made on the first call, mode 0600 in a folder of mode 0700. When two processes
 * start at once, both get the bytes of the one that was first. The caller wipes what it gets.
 * Rejects `tee_unavailable` when the file is not one of ours, or others may read it.
 */
export async function readOrMakeSecret(path: string, random: Random): Promise<Uint8Array> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return (await read(path)) ?? (await make(path, random))
}

async function read(path: string): Promise<Uint8Array | null> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0)
      throw new EnclaveError('tee_unavailable', 'others may read a file of the simulator: chmod 600 it')
    const bytes = await readFile(path)
    if (bytes.length === LENGTH) return bytes
    bytes.fill(0)
    throw new EnclaveError('tee_unavailable', 'a file of the simulator has not its length')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Written whole under another name first: a crash leaves no half of a secret under the name that counts. */
async function make(path: string, random: Random): Promise<Uint8Array> {
  const temporary = `${path}.${Buffer.from(random.bytes(8)).toString('hex')}.new`
  const secret = random.bytes(LENGTH)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(secret)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(temporary, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  } finally {
    secret.fill(0)
    await unlink(temporary).catch(() => undefined)
  }
  const stored = await read(path)
  if (!stored) throw new EnclaveError('tee_unavailable', 'a file of the simulator vanished while it was made')
  return stored
}
