/** The tool as a person runs it: in a process of its own, of whose environment nothing is inherited. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

const ENTRY = join(import.meta.dirname, '../bin/perf-aggregator.js')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Environment = Readonly<Record<string, string>>

/** A folder that is gone when the tests of this file are; the one place where the tool finds sessions. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perf-aggregator-cli-'))
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

const home = temporaryFolder()

function start(args: readonly string[], environment: Environment): ChildProcess {
  return spawn(process.execPath, [ENTRY, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, TEE: 'simulator', ...environment },
  })
}

/** Runs the tool to its end. */
export async function run(args: readonly string[], environment: Environment = {}): Promise<Outcome> {
  const child = start(args, environment)
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout(), stderr: stderr() }
}

export interface Running {
  readonly pid: number
  /** The first line of its standard output. */
  readonly firstLine: string
  /** All it wrote so far. */
  said(): string
  /** Sends `signal`, and resolves with how it ended. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

/** Starts a command that stays. It is killed at the end of the tests of this file if it is still there. */
export async function begin(args: readonly string[], environment: Environment = {}): Promise<Running> {
  const child = start(args, environment)
  after(() => void child.kill('SIGKILL'))
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  if (child.stdout === null) throw new Error('no standard output')
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const firstLine = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    once(child, 'close').then(() => {
      throw new Error(`it ended before it said anything: ${stderr()}`)
    }),
  ])
  return {
    pid: child.pid ?? -1,
    firstLine,
    said: () => stdout() + stderr(),
    end: async (signal) => {
      child.kill(signal)
      const [code, by] = await ended
      return { code, signal: by }
    },
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}
