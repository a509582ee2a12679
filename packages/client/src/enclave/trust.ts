import {
  type Appraisers,
  appraisers,
  type BoundEvidence,
  CHECK_CODES,
  type Check,
  type FamilyPolicies,
  type HardwareFamily,
  isSkip,
  leavesMeasurementUnchecked,
  PRODUCTION_APPRAISERS,
  type Skip,
  skip,
} from '@perf-aggregator/attestation'
import { SIMULATOR_TYPE, simulatorAppraiser, simulatorPolicy } from '@perf-aggregator/attestation/simulator'
import { decodeHex, encodeHex } from '@perf-aggregator/protocol'
import { localError } from '../errors.ts'

const RELEASE = /^[0-9a-f]{64}$/

/** Which enclaves a relying party believes. Required in full: nothing is lax by omission. */
export interface EnclaveTrust {
  /** Accept simulator evidence, which proves nothing about hardware. For development. */
  readonly allowSimulator: boolean
  /** Releases accepted, 64 lower-case hex digits each, or why any release will do. */
  readonly measurements: readonly string[] | Skip
  /** With `allowSimulator`: the one development root accepted, 32 bytes; left out, any. */
  readonly simulatorRoot?: Uint8Array
  /** What is asked of hardware. Left out, no hardware is accepted: there is no policy that fits every reader. */
  readonly hardware?: HardwareTrust
}

/** Accepted register values of one release, by family. A family that is not named is one the release was not built for. */
export type ReleaseRegisters = {
  readonly [Family in HardwareFamily]?: Exclude<FamilyPolicies[Family]['measurements'], Skip>
}

export interface HardwareTrust {
  /** The policy of each family that is accepted, as a policy file has them (`readPolicyFile(…).families`). */
  readonly families: Partial<Pick<FamilyPolicies, HardwareFamily>>
  /**
   * Register values by release, 64 lower-case hex digits: they go in the place of the policies' `measurements`, so that the
   * release an enclave says it is has to be the one that was measured. On Azure they are registers of the vTPM, and the policy
   * has to name the paravisor below. Left out, the policies' own stand for every release of {@link EnclaveTrust.measurements},
   * and none of them may be skipped unless that is, too.
   */
  readonly releases?: Readonly<Record<string, ReleaseRegisters>>
  /**
   * Families to believe, with the roots they end in. Left out, the production families with the vendors' roots; others are for
   * tests of evidence from vendors that do not exist, since whoever hands this over decides what hardware is.
   */
  readonly appraisers?: Appraisers
}

/** Whom a reader of certificates believes. */
export interface CertificateTrust extends EnclaveTrust {
  /**
   * Vkeys of the log, Ed25519 and ML-DSA-44, learnt elsewhere. Left out, the log keys are those the signed payload names:
   * then the enclave vouches for its log, and only a witness or an older checkpoint would show a forked one.
   */
  readonly logKeys?: readonly string[]
}

/**
 * The families behind {@link EnclaveTrust.allowSimulator}. `invalid_options` for anything but a boolean: callers without a type
 * checker exist, and `'false'` from a settings file must not read as leave.
 */
export function trustedAppraisers({ allowSimulator, simulatorRoot, hardware }: EnclaveTrust): Appraisers {
  if (typeof allowSimulator !== 'boolean') throw localError('invalid_options', 'allowSimulator is true or false')
  const families = hardware?.appraisers ?? PRODUCTION_APPRAISERS
  if (!allowSimulator) return families
  const root = simulatorRoot ?? skip('any development root, as simulators are accepted')
  return appraisers(...families.values(), simulatorAppraiser({ root }))
}

/** What is asked of each family that is accepted, of an enclave that says it is `release` (32 bytes). */
export function trustedFamilies(trust: EnclaveTrust, release: Uint8Array): Partial<FamilyPolicies> {
  const releases = trustedMeasurements(trust)
  return {
    ...(trust.hardware && hardwareFamilies(trust.hardware, encodeHex(release))),
    ...(trust.allowSimulator && { simulator: simulatorPolicy(releases) }),
  }
}

function hardwareFamilies({ families, releases }: HardwareTrust, release: string): Partial<FamilyPolicies> {
  if (releases === undefined) return families
  if (Object.keys(releases).some((digest) => !RELEASE.test(digest))) {
    throw localError('invalid_options', 'a release is named by 64 lower-case hexadecimal digits')
  }
  const registers = Object.hasOwn(releases, release) ? releases[release] : undefined
  const named = Object.entries(families) as [HardwareFamily, FamilyPolicies[HardwareFamily]][]
  // An unknown release has no accepted registers, and so none that match.
  return Object.fromEntries(
    named.map(([family, policy]) => [family, { ...policy, measurements: registers?.[family] ?? [] }]),
  )
}

/**
 * What the engine cannot know of hardware, whose registers are no release digest: whether the release the enclave binds is one
 * that is accepted. None for the simulator, which measures the digest itself.
 */
export function releaseChecks(trust: EnclaveTrust, { type, binding }: BoundEvidence): readonly Check[] {
  if (type === SIMULATOR_TYPE) return []
  const name = 'measurement_is_release'
  const { measurements } = trust
  if (isSkip(measurements)) return [{ name, outcome: 'skipped', reason: measurements.skip }]
  const found = encodeHex(binding.release)
  const expected = `one of: ${measurements.join(', ') || 'none'}`
  return measurements.includes(found)
    ? [{ name, outcome: 'passed', expected, found }]
    : [{ name, outcome: 'failed', code: CHECK_CODES[name], expected, found }]
}

/**
 * As the engine wants them. `invalid_options` for what is no digest, for a skip without its reason, and for releases
 * that nothing would prove.
 */
export function trustedMeasurements(trust: EnclaveTrust): readonly Uint8Array[] | Skip {
  const { measurements } = trust
  if (isUnmeasured(trust)) {
    throw localError('invalid_options', 'a release is named, and the policy of hardware skips what would prove it')
  }
  if (isSkip(measurements)) {
    if (measurements.skip.trim() === '') throw localError('invalid_options', 'a skipped measurement needs its reason')
    return measurements
  }
  if (!Array.isArray(measurements)) throw localError('invalid_options', 'say which measurements are accepted')
  return measurements.map((measurement: unknown) => {
    if (typeof measurement !== 'string' || !/^(?:[0-9a-f]{2})+$/.test(measurement)) {
      throw localError('invalid_options', 'a measurement is written in lower-case hexadecimal')
    }
    return decodeHex(measurement)
  })
}

/**
 * Whether releases are named that nothing measures: hardware whose measurement is skipped runs any program, and each says that it is
 * the release. On Azure it is the paravisor below that says what the registers are.
 */
function isUnmeasured({ measurements, hardware }: EnclaveTrust): boolean {
  if (hardware === undefined || (isSkip(measurements) && hardware.releases === undefined)) return false
  return leavesMeasurementUnchecked({ families: hardwareFamilies(hardware, '') })
}
