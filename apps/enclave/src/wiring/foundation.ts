/** What everything stands on: the trust, the database, and the collector child. */
import { discoverSandbox } from '../collector/discover-sandbox.ts'
import { type CollectorProcess, startCollector } from '../collector/process.ts'
import type { Configuration } from '../configuration.ts'
import { EnclaveError } from '../errors.ts'
import type { MasterKey } from '../sealing/master-key.ts'
import { claimDatabase } from '../store/identity.ts'
import { openStore, type Store, type StoreLocation } from '../store/open.ts'
import type { Machine } from '../tee/machine.ts'
import { SIMULATOR_NOTICE, type Tee } from '../tee/select.ts'
import { storageNotice } from './storage-notice.ts'
import type { Tools } from './tools.ts'
import { findTrust, openOwnMasterKey, type Trust } from './trust.ts'

export interface Foundation extends Trust {
  readonly masterKey: MasterKey
  readonly store: Store
  readonly collector: CollectorProcess
}

export interface Surroundings {
  /** Told what an operator must know before anything else: a simulator, a database that does not flush. */
  readonly notice: (line: string) => void
  /** Another machine than this one, and the program of a collector that runs on it too: tests have no TEE. */
  readonly stage?: { readonly machine: Machine; readonly collector: URL }
}

export async function layFoundation(
  configuration: Configuration,
  { notice, stage }: Surroundings,
  tools: Tools,
): Promise<Foundation> {
  const trust = await findTrust(configuration, tools, stage?.machine)
  const { tee, release } = trust
  if (tee.simulated) notice(SIMULATOR_NOTICE)
  const { dataDirectory, sandboxUrl, kms } = configuration
  if (sandboxUrl !== null) refuseSandboxOnHardware(tee)
  const sandbox = sandboxUrl === null ? null : await discoverSandbox(sandboxUrl)
  if (sandbox !== null) notice('SANDBOX: local venues, no real accounts')
  const location = storeLocation(configuration)
  const server = location.kind === 'postgresql' ? await openStore(location) : null
  const masterKey = await openOwnMasterKey(configuration, trust, server, tools).catch(async (error: unknown) => {
    await server?.close()
    throw error
  })
  // Side by side: the child loads its venues on another core while the embedded database opens here.
  const [started, opened] = await Promise.allSettled([
    startCollector({
      dataDirectory,
      // What was found here, so that the child does not look for itself.
      tee: tee.family,
      kms,
      release,
      sandbox,
      ...(stage && { entry: stage.collector }),
    }),
    server ?? openStore(location),
  ])
  try {
    if (opened.status === 'rejected') throw opened.reason
    if (started.status === 'rejected') throw started.reason
    const { value: store } = opened
    const { value: collector } = started
    const told = storageNotice(store, tee)
    if (told !== null) notice(told)
    await claimDatabase(store.db, masterKey)
    const { undumpable } = await collector.hardening()
    if (!undumpable) tools.logger.warn('collector_dumpable', { part: 'collector' })
    return { tee, release, masterKey, store, collector }
  } catch (error) {
    if (started.status === 'fulfilled') await started.value.stop()
    if (opened.status === 'fulfilled') await opened.value.close()
    throw error
  }
}

/**
 * Whoever sets the environment would otherwise answer in the venues' name: keys of traders who verified genuine evidence would go
 * to local programs, and fills nobody made would be certified by hardware.
 */
function refuseSandboxOnHardware({ simulated, family }: Tee): void {
  if (simulated) return
  throw new EnclaveError(
    'configuration',
    `SANDBOX_URL: remove it; local venues are for the simulator, and this is ${family}`,
  )
}

export function storeLocation({ databaseUrl, dataDirectory }: Configuration): StoreLocation {
  return databaseUrl === null ? { kind: 'pglite', dataDirectory } : { kind: 'postgresql', url: databaseUrl }
}
