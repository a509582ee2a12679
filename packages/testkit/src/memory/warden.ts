/**
 * The scanner's own process. It starts the process to be watched, so that both it and its children are descendants the
 * kernel lets it read (Yama's default allows no others), passes questions on to it, and scans on request. It knows
 * needles only masked. Run by `memory-scanner.ts`; speaks Node's IPC both ways.
 */
import { fork } from 'node:child_process'
import type { Needle } from './forms.ts'
import { scanProcess } from './scan.ts'

export type WardenRequest =
  | { readonly kind: 'scan'; readonly id: number; readonly pid: number; readonly needles: readonly Needle[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: unknown }

export type WardenReply =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }

const [entry = '', ...flags] = process.argv.slice(2)
const watched = fork(entry, {
  serialization: 'advanced',
  execArgv: flags,
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
})

process.on('disconnect', () => {
  watched.kill('SIGKILL')
  process.exit(0)
})
watched.on('message', (reply: WardenReply) => process.send?.(reply))
watched.on('exit', () => process.exit(1))
process.on('message', (request: WardenRequest) => {
  if (request.kind === 'ask') {
    watched.send(request)
    return
  }
  scanProcess(request.pid, request.needles)
    .then((value): WardenReply => ({ kind: 'answer', id: request.id, value }))
    .catch((error: unknown): WardenReply => ({ kind: 'failed', id: request.id, message: String(error) }))
    .then((reply) => process.send?.(reply))
    .catch(() => process.exit(1))
})
process.send?.({ kind: 'started', pid: watched.pid ?? -1 } satisfies WardenReply)
