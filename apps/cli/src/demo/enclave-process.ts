/** The demo's enclave: the real service in a process of its own, as `npm start` would run it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const CLI = join(import.meta.dirname, '../main.ts')

export interface EnclaveAddress {
  readonly url: string
  readonly release: string
}

export interface EnclaveProcess {
  /** Rejects when it ends before it is ready. */
  readonly ready: Promise<EnclaveAddress>
  stop(): Promise<void>
}

/** Starts `perf-aggregator serve`; its log lines go to `logFile`. */
export function startEnclaveProcess(options: {
  readonly dataDirectory: string
  readonly sandboxUrl: string
  readonly logFile: string
}): EnclaveProcess {
  const child = spawn(
    process.execPath,
    [CLI, 'serve', '--json', '--port', '0', '--data-dir', options.dataDirectory, '--sandbox', options.sandboxUrl],
    // Of its own: the settings of a real enclave on this machine, its database above all, are none of the demo's.
    // Detached: an interrupt at the terminal is the demo's, which ends it in order.
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TEE: 'simulator', RATE_LIMIT_MAX: '100000' },
      detached: true,
    },
  )
  // However this process ends, by a signal or because nobody reads its output any more, the enclave ends with it.
  const orphan = (): void => void child.kill('SIGKILL')
  // It goes before its files do.
  process.prependOnceListener('exit', orphan)
  child.once('exit', () => process.off('exit', orphan))
  child.stderr.pipe(createWriteStream(options.logFile))
  const lines = createInterface({ input: child.stdout })
  const ready = Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as EnclaveAddress),
    once(child, 'exit').then(() => {
      throw new Error(`the enclave did not start; its log is in ${options.logFile}`)
    }),
  ])
  return { ready, stop: async () => await end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
