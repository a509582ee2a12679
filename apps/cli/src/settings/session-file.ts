/**
 * Where a session is kept between two commands: its id and the private key it is bound to, readable by its owner
 * only. Whoever has this file has the session, and nothing more: exchange credentials are not in it.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { EnclaveSession, type SessionExport } from '@perf-aggregator/client'
import { type TrustFlags, trustOf } from './connection.ts'
import { UsageError } from './usage-error.ts'

/** `~/.config/perf-aggregator/<label>.session.json`, or below `XDG_CONFIG_HOME`. */
export function sessionPath(label: string): string {
  const base = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config')
  return join(base, 'perf-aggregator', `${label.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.session.json`)
}

export function writeSession(path: string, session: SessionExport): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 })
  // An existing file keeps its mode when it is written over.
  chmodSync(path, 0o600)
}

export async function openSession(path: string, flags: TrustFlags): Promise<EnclaveSession> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`no session in ${path}: register first, or name another file with --session`)
  }
  let exported: SessionExport
  try {
    exported = JSON.parse(text) as SessionExport
  } catch {
    throw new UsageError(`${path} is not a session file`)
  }
  return await EnclaveSession.restore(exported, trustOf(flags))
}
