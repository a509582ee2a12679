/**
 * Where a session is kept between two commands: its id and the private key it is bound to, readable by its owner
 * only. Whoever has this file has the session, and nothing more: exchange credentials are not in it.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  ClientError,
  type ClientKey,
  EnclaveSession,
  importClientKey,
  type SessionExport,
} from '@perf-aggregator/client'
import { type TrustFlags, trustOf } from './connection.ts'
import { reason, requireWritable } from './files.ts'
import { UsageError } from './usage-error.ts'

/** `~/.config/perf-aggregator/<label>.session.json`, or below `XDG_CONFIG_HOME`. Two labels never share a file. */
export function sessionPath(label: string): string {
  const base = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
  return join(base, 'perf-aggregator', `${encodeURIComponent(label)}.session.json`)
}

/** Makes the folder, and throws `UsageError` where the session could not be kept: asked before there is one to lose. */
export function prepareSessionFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // The file is not written over: another takes its place, and an earlier one goes beside it.
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${reason(error)}`)
  }
  requireWritable(path)
}

/**
 * Moves what `path` holds aside, and says where to; null where it holds nothing. The enclave keeps an earlier session, credentials and
 * all, until it ends, and without its file nobody could revoke it.
 */
export function keepEarlier(path: string): string | null {
  if (!existsSync(path) || statSync(path).size === 0) return null
  let number = 1
  while (existsSync(`${path}.${number}`)) number += 1
  const kept = `${path}.${number}`
  try {
    renameSync(path, kept)
  } catch (error) {
    throw new UsageError(`${path} cannot be moved aside: ${reason(error)}`)
  }
  return kept
}

/** Whole or not at all, and at no moment readable by others, whatever the mode of the file it replaces. */
export function writeSession(path: string, session: SessionExport): void {
  const fresh = `${path}.${process.pid}.new`
  try {
    writeFileSync(fresh, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw new UsageError(`${path} cannot be written: ${reason(error)}`)
  }
}

/** The session kept in `path`, its enclave to be verified before the first call. Throws `UsageError`. */
export async function openSession(path: string, flags: TrustFlags): Promise<EnclaveSession> {
  const trust = trustOf(flags)
  return await readKept(path, async (kept) => await EnclaveSession.restore(kept, trust))
}

/** The key that the session kept in `path` is bound to. Throws `UsageError`. */
export async function clientKeyOf(path: string): Promise<ClientKey> {
  return await readKept(path, async ({ clientKey }) => await importClientKey(clientKey))
}

async function readKept<T>(path: string, read: (kept: SessionExport) => Promise<T>): Promise<T> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`no session in ${path}: register first, or name another file with --session`)
  }
  try {
    return await read(JSON.parse(text) as SessionExport)
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw new UsageError(`${path} is not a session file: register again, or name another file with --session`)
  }
}
