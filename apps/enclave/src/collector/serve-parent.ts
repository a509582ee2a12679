/**
 * What the collector child does: takes its settings in one message, proves its own hardening, and answers requests until
 * its parent is gone. It prints nothing.
 */
import { EnclaveError } from '../errors.ts'
import { openMasterKey } from '../sealing/master-key.ts'
import type { Machine } from '../tee/machine.ts'
import { selectTee } from '../tee/select.ts'
import { createEgress } from './egress.ts'
import { createGarbageCollector } from './garbage.ts'
import { harden, refuseDebugging } from './hardening.ts'
import { generateHpkeKeys } from './hpke/keys.ts'
import type { BootMessage, ChildMessage, Failed, RequestMessage } from './messages.ts'
import type { OperationHandlers } from './operations.ts'
import { createOperations } from './operations.ts'
import { systemClock, systemRandom, systemSleep } from './system.ts'
import { Tenants } from './tenants.ts'
import { allowedOrigins, createClients } from './venues/clients.ts'

/** Makes this process a collector: the child of a parent that started it with an IPC channel. */
export function serveParent(machine: Machine): void {
  // Without a parent nobody can ask for anything, and nothing may stay in memory.
  process.on('disconnect', () => process.exit(0))
  // A stack trace could quote what it should not: an unexpected failure ends the child without a word, and it is restarted.
  process.on('uncaughtException', () => process.exit(70))
  process.on('unhandledRejection', () => process.exit(70))
  // The terminal's interrupt goes to the whole group; only the parent decides when the child stops.
  process.on('SIGINT', () => {})

  process.once('message', (message: BootMessage) => {
    boot(message, machine).catch((error: unknown) => {
      process.send?.({ kind: 'not_ready', failed: failedOf(error) } satisfies ChildMessage, () => process.exit(78))
    })
  })
}

async function boot(settings: BootMessage, machine: Machine): Promise<void> {
  refuseDebugging(process.execArgv, process.env['NODE_OPTIONS'])
  refuseSandbox(settings)
  const hardening = await harden(settings.undumpable)
  const keys = generateHpkeKeys(systemRandom)
  const operations = createOperations({
    keys,
    branch: await credentialsBranch(settings, machine),
    ...(await venues(settings)),
    random: systemRandom,
    garbage: createGarbageCollector(collectGarbage(), systemSleep),
    sandboxed: settings.sandbox !== null,
  })
  process.on('message', (request: RequestMessage) => {
    void answer(operations, request)
  })
  const { hpkeX25519, hpkeXWing } = keys
  send({ kind: 'ready', keys: { hpkeX25519, hpkeXWing }, hardening })
}

/**
 * Whoever sets the environment would otherwise answer in the venues' name: keys of traders who verified genuine evidence would go
 * to local programs, and fills nobody made would be certified by hardware.
 */
function refuseSandbox({ sandbox, tee }: BootMessage): void {
  if (sandbox === null || tee === 'simulator') return
  throw new EnclaveError(
    'configuration',
    `SANDBOX_URL: remove it; local venues are for the simulator, and this is ${tee}`,
  )
}

function collectGarbage(): (() => void) | undefined {
  const { gc } = globalThis
  return gc === undefined
    ? undefined
    : () => {
        // Until nothing more is freed, V8's own caches included.
        gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
      }
}

/** The child unseals the master key for itself, so that the branch never crosses a process border. */
async function credentialsBranch({ tee, kms, dataDirectory, release }: BootMessage, machine: Machine) {
  const parts = { dataDirectory, release, kms, clock: systemClock, random: systemRandom }
  const { rootOfTrust } = await selectTee(tee, parts, machine)
  return (await openMasterKey(dataDirectory, rootOfTrust, systemRandom, ['credentials'])).branch('credentials')
}

async function venues({ sandbox }: BootMessage) {
  const tenants = new Tenants()
  const { fetch } = createEgress(allowedOrigins(sandbox))
  return { tenants, clients: await createClients({ sandbox, fetch, tenants, clock: systemClock, sleep: systemSleep }) }
}

async function answer(operations: OperationHandlers, request: RequestMessage): Promise<void> {
  try {
    // The parent's types made the arguments; both sides are this release.
    const handler = operations[request.operation] as (...given: readonly unknown[]) => Promise<unknown>
    send({ kind: 'done', id: request.id, result: await handler(...request.arguments) })
  } catch (error) {
    send({ kind: 'failed', id: request.id, failed: failedOf(error) })
  }
}

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message)
}

/** Causes stay here: only our own words cross. */
function failedOf(error: unknown): Failed {
  if (!(error instanceof EnclaveError)) {
    return { code: 'internal', detail: 'the collector failed unexpectedly', retryAfterSeconds: null }
  }
  return { code: error.code, detail: error.message, retryAfterSeconds: error.retryAfterSeconds ?? null }
}
