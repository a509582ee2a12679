/**
 * A policy as a JSON file: the members of {@link Policy} under their own names, byte strings in lower-case hexadecimal. Strict:
 * every member is there, or `{"skip": "reason"}` is; nothing else is. The simulator has no place in a file.
 */
import { isAzureVtpmPolicy } from '../azure-vtpm/policy.ts'
import type { HardwareFamily } from '../hardware-only.ts'
import { readJson } from '../json/read.ts'
import { isNitroPolicy } from '../nitro/policy.ts'
import type { FamilyPolicies, Policy } from '../policy.ts'
import { isSgxPolicy } from '../sgx/policy.ts'
import { isSnpPolicy } from '../snp/policy.ts'
import { isTdxPolicy } from '../tdx/policy.ts'
import { azureVtpmPart, nitroPart, sgxPart, snpPart, tdxPart } from './families.ts'
import { bytes, constantOr, count, given, oneOf, type PartReader, partialRecord, record, wrong } from './readers.ts'

export const POLICY_MEDIA_TYPE = 'application/vnd.perf-aggregator.policy.v1+json'

/** Bytes a policy may have: a hundred measurements have 60,000. */
const MOST = 262_144

/** `nonce` of a file: who verifies has to give one, since the file is older than any. */
const GIVEN = 'given'

/** What only whoever verifies knows. */
export interface PolicyFileOptions {
  /** Put in the place of whatever the file says of nonces. */
  readonly nonce?: Uint8Array
}

/**
 * Reads a policy file, UTF-8 JSON. `json_malformed`; `field_missing`, `field_unknown`, `field_malformed` with the member's place
 * in the message. A file whose `nonce` is `"given"` is `field_malformed` unless `options` have one.
 */
export function readPolicyFile(file: Uint8Array, options: PolicyFileOptions = {}): Policy {
  const { mediaType: _, nonce: written, ...policy } = policyPart(readJson(file, MOST), '')
  const nonce = options.nonce ?? written
  if (nonce === GIVEN) throw wrong('nonce', 'has to be given by who verifies (--nonce), and was not')
  return { ...policy, nonce }
}

/**
 * What a policy file asks of each family, read as strictly, for callers who decide on nonce, binding and age themselves: a client of
 * our own enclaves, whose evidence is always bound and whose nonce is always fresh.
 */
export function readPolicyFamilies(file: Uint8Array): Partial<Pick<FamilyPolicies, HardwareFamily>> {
  return policyPart(readJson(file, MOST), '').families
}

/** What the family's own form test knows beyond the file's form: registers that must be named, advisories' spelling. */
function whole<Part>(read: PartReader<Part>, isWhole: (part: unknown) => boolean): PartReader<Part> {
  return (value, at) => {
    const part = read(value, at)
    if (!isWhole(part)) throw wrong(at, 'a register that must be named is not, or a name is spelt wrongly')
    return part
  }
}

const FAMILIES: { readonly [Family in HardwareFamily]: PartReader<FamilyPolicies[Family]> } = {
  nitro: whole(nitroPart, isNitroPolicy),
  sgx: whole(sgxPart, isSgxPolicy),
  tdx: whole(tdxPart, isTdxPolicy),
  snp: whole(snpPart, isSnpPolicy),
  'azure-vtpm': whole(azureVtpmPart, isAzureVtpmPolicy),
}

const policyPart = record({
  mediaType: oneOf(POLICY_MEDIA_TYPE),
  families: partialRecord({}, FAMILIES),
  binding: given(oneOf('required')),
  nonce: given(constantOr(GIVEN, bytes())),
  debug: oneOf('refused'),
  notAfter: given(oneOf('ahead')),
  maxAge: given(count()),
  clockSkew: given(count()),
})
