/**
 * The policy for evidence about which nothing is known but its vendor: everything is checked but what is measured, by whom it is
 * run, and what it commits to. A verdict under it says "genuine hardware, firmware up to date, not in debug mode", and no more.
 */
import { HARDWARE_ONLY_AZURE_VTPM } from './azure-vtpm/policy.ts'
import { HARDWARE_ONLY_NITRO } from './nitro/policy.ts'
import type { FamilyName, FamilyPolicies, Policy } from './policy.ts'
import { HARDWARE_ONLY_SGX } from './sgx/policy.ts'
import { isSkip, type Skip, skip } from './skip.ts'
import { HARDWARE_ONLY_SNP } from './snp/policy.ts'
import { HARDWARE_ONLY_TDX } from './tdx/policy.ts'

/** Families there is hardware of. */
export type HardwareFamily = Exclude<FamilyName, 'simulator'>

/** To be shown with every verdict under {@link hardwareOnlyPolicy}, where nobody can miss it. */
export const HARDWARE_ONLY_WARNING =
  'HARDWARE ONLY: the measurement was not checked. Any program may be running in this TEE.'

export interface HardwareOnlyOptions {
  /** Checked where it is given. */
  readonly nonce?: Uint8Array
  /** Why the revocation of Nitro and SNP keys is not checked: archives have no CRLs of theirs. Intel's are always checked. */
  readonly revocation?: Skip
}

/** Accepts `family` alone. The key binding is not checked, so a verdict under this policy holds no keys to rely on. */
export function hardwareOnlyPolicy(family: HardwareFamily, { nonce, ...options }: HardwareOnlyOptions = {}): Policy {
  const revocation: 'checked' | Skip = options.revocation ?? 'checked'
  const snp = { ...HARDWARE_ONLY_SNP, revocation }
  const families: Readonly<Pick<FamilyPolicies, HardwareFamily>> = {
    nitro: { ...HARDWARE_ONLY_NITRO, revocation },
    sgx: HARDWARE_ONLY_SGX,
    tdx: HARDWARE_ONLY_TDX,
    snp,
    'azure-vtpm': { ...HARDWARE_ONLY_AZURE_VTPM, snp },
  }
  return {
    families: { [family]: families[family] },
    binding: skip('hardware only: what the evidence commits to is not known'),
    nonce: nonce ?? skip('hardware only: no nonce was given, so the evidence may be a copy of an older one'),
    debug: 'refused',
    notAfter: skip('hardware only: without a binding there are no keys that could expire'),
    maxAge: skip('hardware only: the evidence may be of any age'),
    clockSkew: skip('hardware only: the moment of verification was given'),
  }
}

/**
 * Whether a policy leaves the measurement of some family unchecked, whoever wrote it; that of the paravisor below a vTPM too: one that
 * may be any says of the vTPM's registers what it likes.
 */
export function leavesMeasurementUnchecked({ families }: Pick<Policy, 'families'>): boolean {
  const { 'azure-vtpm': azure } = families
  const below = azure ? [azure.snp, azure.tdx].filter((part) => part !== 'refused') : []
  return [...Object.values(families), ...below].some(({ measurements }) => isSkip(measurements))
}
