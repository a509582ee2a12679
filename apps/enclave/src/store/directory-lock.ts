/**
 * One process per data directory: two on one PGlite would destroy it, and PGlite itself does not look. The lock names
 * its holder by process id and the instant that process started, so that it ends with its holder however that ended,
 * and a process that got the same number later is not taken for it.
 *
 * Processes that cannot see each other (two containers on one volume) are not kept apart.
 */
import { readFileSync } from 'node:fs'
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnclaveError } from '../errors.ts'

const FILE = 'pglite.lock'
const ATTEMPTS = 5

/** Tells the attempts of this process apart. */
let attempts = 0

/** Takes the lock and returns what gives it back. Rejects `configuration` when a living process holds it. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, FILE)
  const own = nameOf(process.pid)
  const fresh = `${path}.${process.pid}.${attempts++}`
  await writeFile(fresh, own ?? '')
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await linkIfFree(fresh, path)) return () => unlink(path)
      const holder = await readFile(path, 'utf8').catch(() => null)
      if (holder !== null && isAlive(holder)) throw inUse()
      if (holder !== null) await removeStale(path, holder)
    }
    throw inUse()
  } finally {
    await unlink(fresh)
  }
}

/** `link` either makes the lock, whole, or says that there is one. */
async function linkIfFree(fresh: string, path: string): Promise<boolean> {
  try {
    await link(fresh, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Moved away first and looked at again: between reading and removing, another process may have put its own lock there. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}.${attempts++}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) !== stale) await linkIfFree(aside, path)
  await unlink(aside)
}

function isAlive(holder: string): boolean {
  const pid = Number(/^(\d{1,10}) /.exec(holder)?.[1])
  return Number.isSafeInteger(pid) && nameOf(pid) === holder
}

/** `<pid> <start of the process> <start of the machine>`, or null when there is no such process. */
function nameOf(pid: number): string | null {
  try {
    // The second field is the command in parentheses, with whatever characters it has; the start time is field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${pid} ${fields[19] ?? ''} ${boot}`
  } catch {
    return nameWithoutProc(pid)
  }
}

/** Where there is no `/proc`: a process of that number exists, or does not. */
function nameWithoutProc(pid: number): string | null {
  if (process.platform === 'linux') return null
  try {
    process.kill(pid, 0)
    return `${pid} running`
  } catch {
    return null
  }
}

function inUse(): EnclaveError {
  return new EnclaveError(
    'configuration',
    'another process uses this data directory: stop it first, or give each its own; several enclaves share a database through DATABASE_URL',
  )
}
