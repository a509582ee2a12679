import { join } from 'node:path'
import { EnclaveError } from '../errors.ts'
import type { Attester } from '../ports/attester.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { RootOfTrust } from '../ports/root-of-trust.ts'
import { AzureVtpmAttester } from './azure-vtpm/attester.ts'
import { deriveKey } from './azure-vtpm/derived-key.ts'
import { TsmAttester } from './configfs-tsm/attester.ts'
import { findTsmProvider, type TsmProvider } from './configfs-tsm/report.ts'
import { detectHardware, type HardwareFamily, hasParavisorReport, NSM } from './detect.ts'
import { readAttestationType, readSealingKey } from './gramine/attestation-files.ts'
import { GramineAttester } from './gramine/attester.ts'
import { type Device, type Machine, systemMachine } from './machine.ts'
import { NitroAttester } from './nitro/attester.ts'
import { nsmExchange } from './nitro/device.ts'
import { openKeyRelease } from './nitro/kms/open.ts'
import type { KmsSettings } from './nitro/kms/settings.ts'
import { Nsm } from './nitro/nsm.ts'
import { NoSealing, SealingKey } from './sealing-key.ts'
import { derivedKey } from './sev-guest/derived-key.ts'
import { SimulatorAttester } from './simulator/attester.ts'
import { SimulatorRootOfTrust } from './simulator/root-of-trust.ts'

/** Every family that can be asked for (requirement A4). */
export const TEE_FAMILIES = ['simulator', 'nitro', 'sgx', 'snp', 'tdx', 'azure-vtpm'] as const

export type TeeFamily = (typeof TEE_FAMILIES)[number]

/**
 * A family; `auto`: the hardware that is there, whichever, and never the simulator; `any`, where nothing was chosen: the hardware that
 * is there, and on a machine that has none the simulator, which says so.
 */
export const TEE_CHOICES = ['any', 'auto', ...TEE_FAMILIES] as const

export type TeeChoice = (typeof TEE_CHOICES)[number]

/** The TEE this enclave runs in. */
export interface Tee {
  /** What was opened, whatever was asked for */
  readonly family: TeeFamily
  readonly attester: Attester
  readonly rootOfTrust: RootOfTrust
  /** True: nothing here protects anything. Whoever starts the enclave says so where nobody can overlook it. */
  readonly simulated: boolean
}

interface Surroundings {
  readonly dataDirectory: string
  /** Digest of the measured set, 32 bytes */
  readonly release: Uint8Array
  /** Of Nitro alone, which seals nothing by itself. */
  readonly kms: KmsSettings | null
  readonly clock: Clock
  readonly random: Random
}

/**
 * Opens the TEE that was asked for, and no other: when it is not there, or is and does not work, this rejects `tee_unavailable`. The
 * simulator is opened where it was asked for by name, and for `any` on a machine that shows no TEE. The simulator's own files go to `<dataDirectory>/simulator/`. Rejects `configuration` when settings are
 * for another family than the one that is there.
 */
export async function selectTee(
  choice: TeeChoice,
  surroundings: Surroundings,
  machine: Machine = systemMachine,
): Promise<Tee> {
  const family = choice === 'auto' || choice === 'any' ? await find(choice, machine, surroundings.random) : choice
  if (surroundings.kms !== null && family !== 'nitro') {
    const way =
      family === 'simulator' ? 'this machine shows no Nitro enclave (/dev/nsm)' : `remove it; this is ${family}`
    throw new EnclaveError('configuration', `KMS_KEY_ARN: ${way}, and KMS releases keys to nothing else`)
  }
  return { family, ...(await open(family, surroundings, machine)) }
}

/** What to print at start when the TEE is simulated. */
export const SIMULATOR_NOTICE =
  'SIMULATOR: this is not a TEE. Whoever runs this machine can read every key in it. For development only; TEE=auto refuses to start like this.'

async function find(choice: 'auto' | 'any', machine: Machine, random: Random): Promise<TeeFamily> {
  const hardware: HardwareFamily | null = await detectHardware(machine, random)
  if (hardware !== null) return hardware
  if (choice === 'any') return 'simulator'
  throw new EnclaveError(
    'tee_unavailable',
    'this machine shows no TEE: none of /dev/attestation, configfs-tsm, /dev/nsm, and no report of a paravisor in a TPM; TEE=simulator starts without one, for development',
  )
}

type Opened = Omit<Tee, 'family'>

async function open(family: TeeFamily, surroundings: Surroundings, machine: Machine): Promise<Opened> {
  switch (family) {
    case 'simulator':
      return await openSimulator(surroundings)
    case 'nitro':
      return await openNitro(machine, surroundings)
    case 'sgx':
      return await openGramine(machine, surroundings.random)
    case 'snp':
      return await openSnp(machine, surroundings.random)
    case 'tdx':
      return await openTdx(machine, surroundings.random)
    case 'azure-vtpm':
      return await openAzureVtpm(machine, surroundings.random)
  }
}

async function openSimulator({ dataDirectory, release, clock, random }: Surroundings): Promise<Opened> {
  const directory = join(dataDirectory, 'simulator')
  return {
    attester: await SimulatorAttester.open(directory, release, { clock, random }),
    rootOfTrust: await SimulatorRootOfTrust.open(directory, release, random),
    simulated: true,
  }
}

async function openNitro(machine: Machine, { kms, clock, random }: Surroundings): Promise<Opened> {
  const { descriptor, ioctl } = await openDevice(machine, NSM)
  const addEntropy = (bytes: Uint8Array): Promise<void> => machine.files.write('/dev/random', bytes)
  const exchange = nsmExchange(descriptor, ioctl)
  return {
    attester: await NitroAttester.open(exchange, addEntropy),
    rootOfTrust:
      kms === null
        ? new NoSealing('nitro', 'a Nitro enclave seals nothing by itself: set KMS_KEY_ARN (docs/key-release.md)')
        : openKeyRelease(new Nsm(exchange), kms, { machine, clock, random }),
    simulated: false,
  }
}

async function openGramine({ files }: Machine, random: Random): Promise<Opened> {
  const type = await readAttestationType(files)
  if (type !== 'dcap') {
    const found = type === null ? 'this is not Gramine' : 'Gramine was not started with sgx.remote_attestation = "dcap"'
    throw new EnclaveError('tee_unavailable', `sgx: ${found}`)
  }
  const key = await readSealingKey(files)
  try {
    const rootOfTrust = new SealingKey('sgx-mrenclave', key, random)
    return { attester: new GramineAttester(files), rootOfTrust, simulated: false }
  } finally {
    key.fill(0)
  }
}

async function openSnp(machine: Machine, random: Random): Promise<Opened> {
  await expectProvider('sev_guest', machine, random)
  const key = await readDerivedKey(machine)
  try {
    const rootOfTrust = new SealingKey('snp-derived-key', key, random)
    return { attester: new TsmAttester('snp', { files: machine.files, random }), rootOfTrust, simulated: false }
  } finally {
    key.fill(0)
  }
}

async function openTdx(machine: Machine, random: Random): Promise<Opened> {
  await expectProvider('tdx_guest', machine, random)
  return {
    attester: new TsmAttester('tdx', { files: machine.files, random }),
    rootOfTrust: new NoSealing('tdx', 'TDX seals nothing by itself, and this build has no key release for it'),
    simulated: false,
  }
}

async function openAzureVtpm(machine: Machine, random: Random): Promise<Opened> {
  if (!(await hasParavisorReport(machine))) {
    throw new EnclaveError('tee_unavailable', 'azure-vtpm: the TPM of this machine has no report of a paravisor')
  }
  const key = await deriveKey(machine, random)
  try {
    const rootOfTrust = new SealingKey('azure-vtpm-pcrs', key, random)
    return { attester: new AzureVtpmAttester(machine), rootOfTrust, simulated: false }
  } finally {
    key.fill(0)
  }
}

async function expectProvider(wanted: TsmProvider, { files }: Machine, random: Random): Promise<void> {
  const found = await findTsmProvider(files, random)
  if (found === wanted) return
  throw new EnclaveError('tee_unavailable', `configfs-tsm has ${found ?? 'no provider'}, and ${wanted} was asked for`)
}

async function openDevice(machine: Machine, path: string): Promise<Device> {
  try {
    return await machine.openDevice(path)
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', `${path} cannot be opened`, { cause })
  }
}

async function readDerivedKey(machine: Machine): Promise<Uint8Array> {
  const device = await openDevice(machine, '/dev/sev-guest')
  try {
    return derivedKey(device)
  } finally {
    device.close()
  }
}
