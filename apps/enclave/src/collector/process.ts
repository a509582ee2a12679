/**
 * The collector child seen from the enclave: starts it, asks it, and starts another when it dies. Owner of the child
 * process and of the requests under way.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { EnclaveError } from '../errors.ts'
import type { Collector, CollectorKeys, SuccessionListener } from '../ports/collector.ts'
import type { HardeningStatus } from './hardening.ts'
import { CHILD_ENVIRONMENT, CHILD_FLAGS } from './hardening.ts'
import type { BootMessage, ChildMessage, Failed, Operation, Operations, RequestMessage } from './messages.ts'

export type CollectorSettings = Omit<BootMessage, 'kind' | 'undumpable'> & {
  /**
   * False only where a memory scanner of the same user must read the child: it leaves core dumps possible.
   * Default true.
   */
  readonly undumpable?: boolean
  /** Milliseconds until an unanswered request is given up; the child may still be at work on it. Default 180,000. */
  readonly timeout?: number
  /** The child's program, where a test runs it on another machine than this. */
  readonly entry?: URL
}

export interface CollectorProcess extends Collector {
  /** What the running child said of its own hardening. */
  hardening(): Promise<HardeningStatus>
  /** The child's process id, for those who watch processes. */
  readonly pid: number | undefined
}

interface Ready {
  readonly keys: CollectorKeys
  readonly hardening: HardeningStatus
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: EnclaveError) => void
  readonly timer: NodeJS.Timeout
}

const ENTRY = new URL('./child.ts', import.meta.url)
const DEFAULT_TIMEOUT = 180_000
/** Pause before a restart in milliseconds: doubled with each failure in a row. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000

/** Starts the child. Rejects what kept it from starting the first time: `root_of_trust`, `unseal_failed`, `configuration`… */
export async function startCollector(settings: CollectorSettings): Promise<CollectorProcess> {
  const collector = new ForkedCollector(settings)
  try {
    await collector.keys()
    return collector
  } catch (error) {
    await collector.stop()
    throw error
  }
}

class ForkedCollector implements CollectorProcess {
  readonly #settings: CollectorSettings
  readonly #followers: SuccessionListener[] = []
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess
  #ready: Promise<Ready>
  #nextId = 1
  #failures = 0
  #stopped = false
  #purging: Promise<void> | null = null
  readonly #killed = new WeakSet<ChildProcess>()
  #cancelRestart: () => void = () => {}

  constructor(settings: CollectorSettings) {
    this.#settings = settings
    const { child, ready } = this.#start()
    this.#child = child
    this.#ready = ready
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  async keys(): Promise<CollectorKeys> {
    return (await this.#ready).keys
  }

  async hardening(): Promise<HardeningStatus> {
    return (await this.#ready).hardening
  }

  open: Collector['open'] = async (...given) => await this.#ask('open', given)
  checkKey: Collector['checkKey'] = async (...given) => await this.#ask('checkKey', given)
  streams: Collector['streams'] = async (...given) => await this.#ask('streams', given)
  page: Collector['page'] = async (...given) => await this.#ask('page', given)
  balances: Collector['balances'] = async (...given) => await this.#ask('balances', given)
  dailyCloses: Collector['dailyCloses'] = async (...given) => await this.#ask('dailyCloses', given)

  attach: Collector['attach'] = async (...given) => {
    await this.#ask('attach', given)
  }

  detach: Collector['detach'] = async (...given) => {
    await this.#ask('detach', given)
  }

  /** Many at once share one: a child that is still starting knows no secret yet, and a second one would be left behind. */
  async purge(): Promise<void> {
    this.#purging ??= this.#replace().finally(() => {
      this.#purging = null
    })
    await this.#purging
  }

  async #replace(): Promise<void> {
    await this.#kill()
    if (this.#stopped) throw unavailable()
    for (const { lost } of this.#followers) lost()
    const { child, ready } = this.#start()
    this.#child = child
    this.#ready = ready
    const { keys } = await ready
    for (const { back } of this.#followers) back(keys)
  }

  follow(listener: SuccessionListener): void {
    this.#followers.push(listener)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#kill()
  }

  async #ask<Name extends Operation>(
    operation: Name,
    given: Parameters<Operations[Name]>,
  ): Promise<ReturnType<Operations[Name]>> {
    await this.#ready
    const id = this.#nextId
    this.#nextId += 1
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(
          new EnclaveError('collector_unavailable', 'the collector did not answer in time', { retryAfterSeconds: 1 }),
        )
      }, this.#settings.timeout ?? DEFAULT_TIMEOUT)
      this.#waiting.set(id, { resolve, reject, timer })
    })
    const request: RequestMessage = { kind: 'request', id, operation, arguments: given }
    this.#child.send(request, (error) => {
      if (error !== null) this.#settle(id, (waiting) => waiting.reject(unavailable()))
    })
    return (await answer) as ReturnType<Operations[Name]>
  }

  #start(): { readonly child: ChildProcess; readonly ready: Promise<Ready> } {
    const { dataDirectory, tee, kms, release, sandbox, undumpable, entry = ENTRY } = this.#settings
    const child = fork(fileURLToPath(entry), {
      // Explicit: by default a child inherits the flags of its parent, a debugger's included.
      execArgv: [...CHILD_FLAGS],
      env: { ...CHILD_ENVIRONMENT },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const ready = new Promise<Ready>((resolve, reject) => {
      child.on('message', (message: ChildMessage) => {
        if (message.kind === 'ready') resolve({ keys: message.keys, hardening: message.hardening })
        else if (message.kind === 'not_ready') reject(errorOf(message.failed))
        else this.#answered(message)
      })
      child.on('error', () => reject(unavailable()))
      child.on('exit', () => reject(unavailable()))
    })
    child.on('exit', () => this.#died(child))
    // Whoever asks next gets the rejection; nobody may be asking now.
    ready.catch(() => {})
    const boot: BootMessage = {
      kind: 'boot',
      dataDirectory,
      tee,
      kms,
      release,
      sandbox,
      undumpable: undumpable ?? true,
    }
    child.send(boot, () => {})
    return { child, ready }
  }

  #answered(message: Extract<ChildMessage, { id: number }>): void {
    this.#settle(message.id, (waiting) => {
      if (message.kind === 'done') waiting.resolve(message.result)
      else waiting.reject(errorOf(message.failed))
    })
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    how(waiting)
  }

  #failAll(): void {
    for (const id of this.#waiting.keys()) this.#settle(id, (waiting) => waiting.reject(unavailable()))
  }

  /** Starts another, after a pause that grows with each failure in a row. A child that was killed on purpose is nobody's loss. */
  #died(child: ChildProcess): void {
    if (this.#killed.has(child) || this.#stopped) return
    this.#failAll()
    for (const { lost } of this.#followers) lost()
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures)
    this.#failures += 1
    this.#ready = new Promise<Ready>((resolve, reject) => {
      const timer = setTimeout(() => {
        const { child: next, ready } = this.#start()
        this.#child = next
        ready.then(resolve, reject)
      }, pause)
      this.#cancelRestart = () => {
        clearTimeout(timer)
        reject(unavailable())
      }
    })
    this.#announce(this.#ready).catch(() => {})
  }

  async #announce(ready: Promise<Ready>): Promise<void> {
    const { keys } = await ready
    this.#failures = 0
    for (const { back } of this.#followers) back(keys)
  }

  /** Resolves when the process is gone, and with it its memory. */
  async #kill(): Promise<void> {
    const child = this.#child
    this.#killed.add(child)
    this.#cancelRestart()
    const gone = new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) resolve()
      else child.once('exit', () => resolve())
    })
    child.kill('SIGKILL')
    await gone
    this.#failAll()
  }
}

function unavailable(): EnclaveError {
  return new EnclaveError('collector_unavailable', 'the collector is being restarted', { retryAfterSeconds: 1 })
}

function errorOf({ code, detail, retryAfterSeconds }: Failed): EnclaveError {
  return new EnclaveError(code, detail, retryAfterSeconds === null ? {} : { retryAfterSeconds })
}
