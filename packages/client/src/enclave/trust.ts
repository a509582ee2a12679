import {
  type Appraisers,
  appraisers,
  type FamilyPolicies,
  isSkip,
  PRODUCTION_APPRAISERS,
  type Skip,
  skip,
} from '@perf-aggregator/attestation'
import { simulatorAppraiser, simulatorPolicy } from '@perf-aggregator/attestation/simulator'
import { decodeHex } from '@perf-aggregator/protocol'
import { localError } from '../errors.ts'

/** Which enclaves a relying party believes. Required in full: nothing is lax by omission. */
export interface EnclaveTrust {
  /** Accept simulator evidence, which proves nothing about hardware. For development. */
  readonly allowSimulator: boolean
  /** Releases accepted, 64 lower-case hex digits each, or why any release will do. */
  readonly measurements: readonly string[] | Skip
  /** With `allowSimulator`: the one development root accepted, 32 bytes; left out, any. */
  readonly simulatorRoot?: Uint8Array
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
export function trustedAppraisers({ allowSimulator, simulatorRoot }: EnclaveTrust): Appraisers {
  if (typeof allowSimulator !== 'boolean') throw localError('invalid_options', 'allowSimulator is true or false')
  if (!allowSimulator) return PRODUCTION_APPRAISERS
  const root = simulatorRoot ?? skip('any development root, as simulators are accepted')
  return appraisers(...PRODUCTION_APPRAISERS.values(), simulatorAppraiser({ root }))
}

/** What is asked of each family that is accepted. */
export function trustedFamilies(trust: EnclaveTrust): Partial<FamilyPolicies> {
  const releases = trustedMeasurements(trust)
  return trust.allowSimulator ? { simulator: simulatorPolicy(releases) } : {}
}

/** As the engine wants them. `invalid_options` for what is no digest, and for a skip without its reason. */
export function trustedMeasurements({ measurements }: EnclaveTrust): readonly Uint8Array[] | Skip {
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
