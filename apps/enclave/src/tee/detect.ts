/** Which TEE this machine is, by the one interface that answers. Nothing is opened for good here. */
import type { Random } from '../ports/random.ts'
import { REPORT_INDEX } from './azure-vtpm/fresh-report.ts'
import { findIndex } from './azure-vtpm/nv-index.ts'
import { Tpm } from './azure-vtpm/tpm.ts'
import { findTsmProvider } from './configfs-tsm/report.ts'
import { readAttestationType } from './gramine/attestation-files.ts'
import type { Machine } from './machine.ts'

export type HardwareFamily = 'nitro' | 'sgx' | 'snp' | 'tdx' | 'azure-vtpm'

export const NSM = '/dev/nsm'

/** Null where none answers. Inside Gramine the interfaces of the host are not to be seen, so it is asked first. */
export async function detectHardware(machine: Machine, random: Random): Promise<HardwareFamily | null> {
  if ((await readAttestationType(machine.files)) !== null) return 'sgx'
  const provider = await findTsmProvider(machine.files, random)
  if (provider !== null) return provider === 'sev_guest' ? 'snp' : 'tdx'
  if (await hasDevice(machine, NSM)) return 'nitro'
  return (await hasParavisorReport(machine).catch(() => false)) ? 'azure-vtpm' : null
}

/** Other machines have TPMs too. Rejects where there is no TPM that answers. */
export async function hasParavisorReport(machine: Machine): Promise<boolean> {
  return await Tpm.use(machine, async (tpm) => (await findIndex(tpm, REPORT_INDEX)) !== null)
}

async function hasDevice(machine: Machine, path: string): Promise<boolean> {
  try {
    const { close } = await machine.openDevice(path)
    close()
    return true
  } catch {
    return false
  }
}
