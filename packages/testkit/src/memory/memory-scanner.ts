/**
 * Shows that a secret is gone (requirement E3): runs a program under a warden process that can read its memory from
 * outside, and counts the copies of a secret in it, whole or in pieces, in every form that gives it away.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { needlesOf } from './forms.ts'
import type { ScanReport } from './scan.ts'
import type { WardenReply, WardenRequest } from './warden.ts'

const WARDEN = fileURLToPath(new URL('./warden.ts', import.meta.url))

/** `WardenRequest` without the id the scanner gives it. */
type Unnumbered<Request> = Request extends unknown ? Omit<Request, 'id'> : never

export interface WatchedProcess {
  readonly pid: number
  /** Sends `question` to the program and gives its answer. The program replies `{kind: 'answer' | 'failed', id, …}`. */
  ask(question: unknown): Promise<unknown>
  /** Scans process `pid`, the program's own or one it started, for every form of each secret. */
  scan(pid: number, secrets: Readonly<Record<string, Uint8Array>>): Promise<ScanReport>
  stop(): Promise<void>
}

/** Runs `entry` (a module) with `flags` under a warden. Linux only: rejects elsewhere. */
export async function watchProcess(entry: string, flags: readonly string[] = []): Promise<WatchedProcess> {
  if (process.platform !== 'linux') throw new Error('memory can be scanned on Linux only')
  const warden = fork(WARDEN, [entry, ...flags], { serialization: 'advanced', execArgv: [] })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let nextId = 1

  const pid = await new Promise<number>((resolve, reject) => {
    warden.on('message', (reply: WardenReply) => {
      if (reply.kind === 'started') {
        resolve(reply.pid)
        return
      }
      const waiter = waiting.get(reply.id)
      waiting.delete(reply.id)
      if (reply.kind === 'answer') waiter?.resolve(reply.value)
      else waiter?.reject(new Error(reply.message))
    })
    warden.on('exit', () => {
      const gone = new Error('the watched process ended')
      reject(gone)
      for (const waiter of waiting.values()) waiter.reject(gone)
    })
  })
  const request = async (message: Unnumbered<WardenRequest>): Promise<unknown> =>
    await new Promise((resolve, reject) => {
      const id = nextId
      nextId += 1
      waiting.set(id, { resolve, reject })
      warden.send({ ...message, id })
    })
  return {
    pid,
    ask: async (question) => await request({ kind: 'ask', question }),
    scan: async (target, secrets) => {
      const needles = Object.entries(secrets).flatMap(([name, secret]) => needlesOf(name, secret))
      return (await request({ kind: 'scan', pid: target, needles })) as ScanReport
    },
    stop: async () => {
      await stopped(warden)
    },
  }
}

async function stopped(warden: ChildProcess): Promise<void> {
  if (warden.exitCode !== null) return
  await new Promise<void>((resolve) => {
    warden.once('exit', () => {
      resolve()
    })
    warden.disconnect()
  })
}
