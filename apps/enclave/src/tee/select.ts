import { join } from 'node:path'
import { EnclaveError } from '../errors.ts'
import type { Attester } from '../ports/attester.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { RootOfTrust } from '../ports/root-of-trust.ts'
import { SimulatorAttester } from './simulator/attester.ts'
import { SimulatorRootOfTrust } from './simulator/root-of-trust.ts'

/** Every family that can be asked for (requirement A4). So far only the simulator answers. */
export const TEE_FAMILIES = ['simulator', 'nitro', 'sgx', 'snp', 'tdx', 'azure-vtpm'] as const

export type TeeFamily = (typeof TEE_FAMILIES)[number]

/** The TEE this enclave runs in. */
export interface Tee {
  readonly attester: Attester
  readonly rootOfTrust: RootOfTrust
  /** True: nothing here protects anything. Whoever starts the enclave says so where nobody can overlook it. */
  readonly simulated: boolean
}

/**
 * Opens the TEE that was asked for, and no other: when it is not there, this rejects `tee_unavailable` and never falls
 * back to the simulator. The simulator's own files go to `<dataDirectory>/simulator/`.
 *
 * @param release digest of the measured set, 32 bytes
 */
export async function selectTee(
  family: TeeFamily,
  {
    dataDirectory,
    release,
    clock,
    random,
  }: { readonly dataDirectory: string; readonly release: Uint8Array; readonly clock: Clock; readonly random: Random },
): Promise<Tee> {
  if (family !== 'simulator') {
    throw new EnclaveError('tee_unavailable', `this build has no driver for ${family}; only simulator, for development`)
  }
  const directory = join(dataDirectory, 'simulator')
  return {
    attester: await SimulatorAttester.open(directory, release, { clock, random }),
    rootOfTrust: await SimulatorRootOfTrust.open(directory, release, random),
    simulated: true,
  }
}

/** What to print at start when the TEE is simulated. */
export const SIMULATOR_NOTICE =
  'SIMULATOR: this is not a TEE. Whoever runs this machine can read every key in it. For development only.'
