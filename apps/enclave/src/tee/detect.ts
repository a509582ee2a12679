/**
 * Which TEE this machine is, by the one interface that answers. An interface that is there and does not let itself be used, as
 * without the rights for it, is an error and never "no TEE": what follows from that would be a simulator in place of hardware.
 */
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import { REPORT_INDEX } from './azure-vtpm/fresh-report.ts'
import { findIndex } from './azure-vtpm/nv-index.ts'
import { Tpm } from './azure-vtpm/tpm.ts'
import { findTsmProvider } from './configfs-tsm/report.ts'
import { readAttestationType } from './gramine/attestation-files.ts'
import { isAbsent, type KernelFiles, type Machine } from './machine.ts'

export type HardwareFamily = 'nitro' | 'sgx' | 'snp' | 'tdx' | 'azure-vtpm'

export const NSM = '/dev/nsm'

/**
 * Null where none is there. Inside Gramine the interfaces of the host are not to be seen, so it is asked first.
 * Rejects `tee_unavailable` where one is there and cannot be used.
 */
export async function detectHardware(machine: Machine, random: Random): Promise<HardwareFamily | null> {
  if ((await readAttestationType(machine.files)) !== null) return 'sgx'
  const provider = await findTsmProvider(machine.files, random)
  if (provider !== null) return provider === 'sev_guest' ? 'snp' : 'tdx'
  if (await hasNsm(machine)) return 'nitro'
  return (await isConfidentialOnAzure(machine)) ? 'azure-vtpm' : null
}

/** Other machines have TPMs too. Rejects where there is no TPM that answers. */
export async function hasParavisorReport(machine: Machine): Promise<boolean> {
  return await Tpm.use(machine, async (tpm) => (await findIndex(tpm, REPORT_INDEX)) !== null)
}

async function hasNsm(machine: Machine): Promise<boolean> {
  try {
    const { close } = await machine.openDevice(NSM)
    close()
    return true
  } catch (cause) {
    if (isAbsent(cause)) return false
    throw new EnclaveError('tee_unavailable', `${NSM} is there and cannot be used`, { cause })
  }
}

/** Most computers have a TPM that only root may use: one that says nothing is a reason to stop on a machine of Microsoft's only. */
async function isConfidentialOnAzure(machine: Machine): Promise<boolean> {
  try {
    return await hasParavisorReport(machine)
  } catch (error) {
    if (isAbsent(error) || !(await isOfMicrosoft(machine.files))) return false
    throw error
  }
}

/** As the firmware names its maker (SMBIOS 3.7, "System Information"), readable by everybody. */
async function isOfMicrosoft(files: KernelFiles): Promise<boolean> {
  try {
    const vendor = await files.read('/sys/class/dmi/id/sys_vendor')
    return Buffer.from(vendor).toString('latin1').trimEnd() === 'Microsoft Corporation'
  } catch {
    return false
  }
}
