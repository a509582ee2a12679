/** What this enclave is: its TEE, the release it runs, and the master key that only this TEE and release can open. */
import type { Configuration } from '../configuration.ts'
import { measureRelease, OWN_ROOT } from '../release/measure.ts'
import { BRANCHES, type MasterKey, openMasterKey } from '../sealing/master-key.ts'
import { makeDataDirectory } from '../store/data-directory.ts'
import { keptMasterKey } from '../store/identity.ts'
import type { Store } from '../store/open.ts'
import type { Machine } from '../tee/machine.ts'
import { selectTee, type Tee } from '../tee/select.ts'
import type { Tools } from './tools.ts'

export interface Trust {
  readonly tee: Tee
  readonly release: Uint8Array
}

export async function findTrust(
  configuration: Configuration,
  { clock, random }: Pick<Tools, 'clock' | 'random'>,
  machine?: Machine,
): Promise<Trust> {
  const { dataDirectory, kms } = configuration
  await makeDataDirectory(dataDirectory)
  const { digest: release } = await measureRelease({ root: OWN_ROOT, node: process.execPath })
  return { release, tee: await selectTee(configuration.tee, { dataDirectory, release, kms, clock, random }, machine) }
}

/** `server`: the database server, which holds the master key of an enclave whose disk is gone; null where the database is embedded, on that disk. */
export async function openOwnMasterKey(
  { dataDirectory }: Configuration,
  { tee }: Trust,
  server: Store | null,
  { random }: Pick<Tools, 'random'>,
): Promise<MasterKey> {
  const kept = server === null ? null : await keptMasterKey(server.db)
  // Everything but `credentials`: only the collector derives that branch.
  const branches = BRANCHES.filter((name) => name !== 'credentials')
  return await openMasterKey(dataDirectory, tee.rootOfTrust, random, branches, kept)
}
