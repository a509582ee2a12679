/** What this enclave is: its TEE, the release it runs, and the master key that only this TEE and release can open. */
import { mkdir } from 'node:fs/promises'
import type { Configuration } from '../configuration.ts'
import { measureRelease, OWN_ROOT } from '../release/measure.ts'
import { BRANCHES, type MasterKey, openMasterKey } from '../sealing/master-key.ts'
import type { Machine } from '../tee/machine.ts'
import { selectTee, type Tee } from '../tee/select.ts'
import type { Tools } from './tools.ts'

export interface Trust {
  readonly tee: Tee
  readonly release: Uint8Array
  readonly masterKey: MasterKey
}

export async function openTrust(
  configuration: Configuration,
  { clock, random }: Pick<Tools, 'clock' | 'random'>,
  machine?: Machine,
): Promise<Trust> {
  const { dataDirectory, kms } = configuration
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const { digest: release } = await measureRelease({ root: OWN_ROOT, node: process.execPath })
  const tee = await selectTee(configuration.tee, { dataDirectory, release, kms, clock, random }, machine)
  // Everything but `credentials`: only the collector derives that branch.
  const branches = BRANCHES.filter((name) => name !== 'credentials')
  return { tee, release, masterKey: await openMasterKey(dataDirectory, tee.rootOfTrust, random, branches) }
}
