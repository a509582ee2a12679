import { HARDWARE_ONLY } from '../hardware-skips.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, type Skip, skip } from '../skip.ts'
import { HARDWARE_ONLY_SNP, isSnpPolicy, type SnpPolicy } from '../snp/policy.ts'
import { HARDWARE_ONLY_TDX, isTdxPolicy, type TdxPolicy } from '../tdx/policy.ts'

/** SHA-256 PCRs of the vTPM */
export type AzureVtpmRegister = `PCR${number}`

/**
 * What a relying party insists on in evidence of a confidential VM on Azure. `measurements` are the vTPM's PCRs; the hardware
 * below, with Microsoft's paravisor as its measurement, is held against a policy of its own.
 */
export interface AzureVtpmPolicy extends FamilyPolicy<AzureVtpmRegister> {
  readonly snp: SnpPolicy | 'refused'
  readonly tdx: TdxPolicy | 'refused'
  /** `required`: the VM's own claims say that secure boot is on. */
  readonly secureBoot: 'required' | Skip
}

const SIZES = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`PCR${index}`, 32]))

export const isAzureVtpmPolicy = form.record({
  measurements: isMeasurements(SIZES, []),
  platforms: isPlatforms,
  snp: (part) => part === 'refused' || isSnpPolicy(part),
  tdx: (part) => part === 'refused' || isTdxPolicy(part),
  secureBoot: form.given(form.oneOf('required')),
})

export const HARDWARE_ONLY_AZURE_VTPM: AzureVtpmPolicy = {
  measurements: HARDWARE_ONLY.measurement,
  platforms: HARDWARE_ONLY.platform,
  snp: HARDWARE_ONLY_SNP,
  // Azure launches its TDs without SEPT_VE_DISABLE, all of them.
  tdx: {
    ...HARDWARE_ONLY_TDX,
    septVeDisable: skip(
      'hardware only: exceptions on the memory of the TD are taken by the paravisor, and not by the guest',
    ),
  },
  secureBoot: HARDWARE_ONLY.content,
}
