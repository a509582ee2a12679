/**
 * What a relying party insists on. Every field is required: whatever is not checked must be written down as skipped,
 * with the reason, and the reason shows in the verdict. There is no default that is laxer than the caller thought.
 */
import type { AzureVtpmPolicy } from './azure-vtpm/policy.ts'
import type { FamilyPolicy } from './measurements.ts'
import type { NitroPolicy } from './nitro/policy.ts'
import type { SgxPolicy } from './sgx/policy.ts'
import { form, type Skip } from './skip.ts'
import type { SnpPolicy } from './snp/policy.ts'
import type { TdxPolicy } from './tdx/policy.ts'

/** The policy of each family, under its evidence type. */
export interface FamilyPolicies {
  readonly nitro: NitroPolicy
  readonly sgx: SgxPolicy
  readonly tdx: TdxPolicy
  readonly snp: SnpPolicy
  readonly 'azure-vtpm': AzureVtpmPolicy
  readonly simulator: FamilyPolicy<'release'>
}

/** Evidence types, and the names families go by everywhere. */
export type FamilyName = keyof FamilyPolicies

const FAMILY_NAMES = ['nitro', 'sgx', 'tdx', 'snp', 'azure-vtpm', 'simulator'] as const satisfies FamilyName[]

export interface Policy {
  /** What is asked of each family that is accepted. A family that is not named is refused. */
  readonly families: Partial<FamilyPolicies>
  /** `required`: the report data commits to the keys of the binding. Skipped for evidence that is not ours. */
  readonly binding: 'required' | Skip
  /**
   * The nonce the caller sent. Skipped for evidence from an archive, whose nonce the enclave chose. Looked for in the
   * binding, or, where the binding is skipped, in the family's nonce slot, else at the start of the report data.
   */
  readonly nonce: Uint8Array | Skip
  /** A TEE in debug mode, whose memory its host can read, is no TEE. There is no other choice. */
  readonly debug: 'refused'
  /** `ahead`: the keys' `not_after` lies ahead of `now`. */
  readonly notAfter: 'ahead' | Skip
  /** Seconds since the evidence was made, at most. */
  readonly maxAge: number | Skip
  /** Seconds by which the enclave's clock may run ahead of `now`. */
  readonly clockSkew: number | Skip
}

const isFamilies = form.record({}, Object.fromEntries(FAMILY_NAMES.map((name) => [name, () => true])))

/** Form of the parts that are the same for all families; those of a family its appraiser judges. */
export const isCommonPolicy = form.record({
  families: isFamilies,
  binding: form.given(form.oneOf('required')),
  nonce: form.given(form.bytes()),
  debug: form.oneOf('refused'),
  notAfter: form.given(form.oneOf('ahead')),
  maxAge: form.given(form.seconds),
  clockSkew: form.given(form.seconds),
})
