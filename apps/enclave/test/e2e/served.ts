/** The enclave in a process of its own, started as an operator starts it, to be killed without a word. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EnclaveSession, type SessionExport } from '@perf-aggregator/client'
import type { Sandbox } from '@perf-aggregator/venue-sandbox'
import { sql } from 'kysely'
import { eventually, type House } from './house.ts'
import type { Place } from './place.ts'

const CLI = join(import.meta.dirname, '../../../cli/src/main.ts')

export interface Served extends House {
  readonly pid: number
  /** Everything the process wrote to standard output and standard error so far. */
  said(): string
  /** SIGKILL; resolves when the process and its collector are gone. */
  kill(): Promise<void>
}

/** `perf-aggregator serve --json` on `place`. Rejects with what it said when it ends before it is ready. */
export async function serve(
  place: Place,
  sandbox: Sandbox,
  environment: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const flags = ['serve', '--json', '--port', '0', '--data-dir', place.dataDirectory]
  const child = spawn(process.execPath, [CLI, ...flags, '--sandbox', sandbox.discoveryUrl], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      RATE_LIMIT_MAX: '1000000',
      ...(place.databaseUrl === null ? {} : { DATABASE_URL: place.databaseUrl }),
      ...environment,
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  const lines = createInterface({ input: child.stdout })
  const ready = await Promise.race([
    once(lines, 'line').then(([line]) => readinessOf(String(line))),
    once(child, 'close').then(() => {
      throw new Error(`the enclave did not start: ${text}`)
    }),
  ])
  const stop = async (): Promise<void> => await end(child, 'SIGTERM')
  return {
    ...ready,
    pid: child.pid ?? -1,
    said: () => text,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const collectors = childrenOf(child.pid ?? -1)
      await end(child, 'SIGKILL')
      await eventually('the collector follows its enclave', async () => collectors.every(isGone))
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function readinessOf(line: string): { readonly url: string; readonly release: string } {
  const said = JSON.parse(line) as { readonly url?: string; readonly release?: string }
  if (said.url === undefined || said.release === undefined) throw new Error(`the enclave did not start: ${line}`)
  return { url: said.url, release: said.release }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/** A session of before the kill, in the enclave that came after. */
export async function restore(exported: SessionExport, house: Pick<House, 'url' | 'release'>): Promise<EnclaveSession> {
  return await EnclaveSession.restore(
    { ...exported, enclaveUrl: house.url },
    { allowSimulator: true, measurements: [house.release] },
  )
}

/** On a server the leases of a dead process run out after ten seconds; here they have, so that no test waits for that. */
export async function outliveLeases(place: Place): Promise<void> {
  if (place.databaseUrl === null) return
  await place.asOwner(async (owner) => {
    await sql`update collections set lease_until = now() where lease_until is not null`.execute(owner)
  })
}

/** Process ids of the children of `pid`; Linux. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number)
}

function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

/** SIGKILL to the one collector below this process, once it is there; other children, like PostgreSQL's shell, are left alone. */
export async function killCollector(): Promise<void> {
  const pid = await eventually('one collector', async () => {
    const collectors = childrenOf(process.pid).filter(isCollector)
    return collectors.length === 1 && collectors[0]
  })
  process.kill(pid, 'SIGKILL')
}

function isCollector(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('collector/child.ts')
  } catch {
    return false
  }
}
