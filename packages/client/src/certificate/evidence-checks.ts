import {
  type Check as AttestationCheck,
  type CheckName as AttestationCheckName,
  documentTime,
  instant,
  type Policy,
  skip,
  type Verdict,
  verify,
} from '@perf-aggregator/attestation'
import { SIMULATOR_TYPE } from '@perf-aggregator/attestation/simulator'
import { encodeHex, keyId, type UnverifiedStatement } from '@perf-aggregator/protocol'
import { mathematics } from '#mathematics'
import { type EnclaveTrust, releaseChecks, trustedAppraisers, trustedFamilies } from '../enclave/trust.ts'
import type { CheckList } from './check.ts'
import type { OpenedCertificate } from './open-certificate.ts'

/** Which of the engine's checks stand behind which step; those not named here stand behind `evidence`. */
const BEHIND = {
  binding: ['binding', 'report_data', 'nonce'],
  // The registers of a vTPM are as good as the paravisor that keeps them.
  measurement: ['measurement', 'azure_hardware_measurement', 'measurement_is_release'],
  result_keys: ['not_after'],
} as const satisfies Record<string, readonly AttestationCheckName[]>

/** Seconds by which the evidence may be younger than the certificate: one clock made both. */
const CLOCK_SKEW = 60

export interface EvidenceAppraisal {
  readonly verdict: Verdict
  /** The engine's checks, and what only this side knows of releases. */
  readonly checks: readonly AttestationCheck[]
  /** Seconds since 1970: the moment the evidence was judged at. */
  readonly at: number
}

/**
 * Decides `evidence`, `binding`, `measurement` and `result_keys`. The evidence is judged as of the moment of signing: a
 * certificate stays verifiable after its keys and the vendor's leaves retired, and keys that had retired before could not have
 * made it. Evidence that carries a time of its own is judged as of that one, if it is earlier: a Nitro leaf lives for hours, the
 * keys it vouches for for days.
 */
export async function checkEvidence(
  list: CheckList,
  { claims, evidence }: OpenedCertificate,
  statement: UnverifiedStatement | null,
  trust: EnclaveTrust,
): Promise<EvidenceAppraisal> {
  const made = documentTime(evidence)
  const at = made === null ? claims.iat : Math.min(made, claims.iat)
  const carriesTime = made !== null || evidence.type === SIMULATOR_TYPE
  const policy: Policy = {
    families: trustedFamilies(trust, evidence.binding.release),
    binding: 'required',
    nonce: skip('evidence in a certificate is made once per key; its nonce is the enclave’s own'),
    debug: 'refused',
    notAfter: 'ahead',
    maxAge: skip('evidence in a certificate is as old as its keys'),
    clockSkew: carriesTime ? CLOCK_SKEW : skip('evidence of this family carries no time'),
  }
  const verdict = await verify(evidence, evidence.endorsements, policy, at, mathematics, trustedAppraisers(trust))
  const checks = [...verdict.checks, ...releaseChecks(trust, evidence)]
  const elsewhere = new Set<string>(Object.values(BEHIND).flat())
  const failed = firstFailure(checks.filter(({ name }) => !elsewhere.has(name)))
  if (failed) list.fail('evidence', failed.code, `${failed.name}: ${failed.expected}`, failed.found)
  else list.pass('evidence', 'signed by a TEE of a trusted family', `${evidence.type}, judged as of ${instant(at)}`)

  checkBinding(list, checks)
  checkMeasurement(list, checks, claims.measurement, encodeHex(evidence.binding.release))
  checkResultKeys(list, checks, claims, evidence.binding, statement)
  return { verdict, checks, at }
}

function checkBinding(list: CheckList, checks: readonly AttestationCheck[]): void {
  const failed = firstFailure(behind('binding', checks))
  const reportData = checks.find(({ name }) => name === 'report_data')
  if (failed) list.fail('binding', failed.code, failed.expected, failed.found)
  else if (reportData?.outcome === 'passed') {
    list.pass('binding', reportData.expected, `in the report data: ${reportData.found.slice(0, 32)}…`)
  } else list.notChecked('evidence', 'binding')
}

function checkMeasurement(
  list: CheckList,
  checks: readonly AttestationCheck[],
  claimed: string,
  release: string,
): void {
  const own = behind('measurement', checks)
  const measured = own.filter(({ name }) => name !== 'measurement_is_release')
  const skipped = measured.find(({ outcome }) => outcome === 'skipped')
  const failed = firstFailure(own)
  if (failed) list.fail('measurement', failed.code, failed.expected, failed.found)
  else if (claimed !== release) list.fail('measurement', 'measurement_mismatch', release, claimed)
  else if (!measured.some(({ name }) => name === 'measurement')) list.notChecked('evidence', 'measurement')
  else if (skipped?.outcome === 'skipped') list.skip('measurement', skipped.reason)
  else list.pass('measurement', 'a release the reader accepts', claimed)
}

function checkResultKeys(
  list: CheckList,
  checks: readonly AttestationCheck[],
  { key_epoch: keyEpoch, iat }: OpenedCertificate['claims'],
  binding: OpenedCertificate['evidence']['binding'],
  statement: UnverifiedStatement | null,
): void {
  const expired = firstFailure(behind('result_keys', checks))
  if (statement === null) {
    list.notChecked('signature_policy', 'result_keys')
    return
  }
  const bound = [keyId(binding.signEd25519), keyId(binding.signMlDsa65)].join(', ')
  const named = [statement.ed25519.keyId, statement.mlDsa65.keyId].join(', ')
  if (named !== bound) list.fail('result_keys', 'key_not_bound', bound, 'another key')
  else if (keyEpoch !== binding.keyEpoch) {
    list.fail('result_keys', 'key_epoch_mismatch', `key epoch ${binding.keyEpoch}`, `key epoch ${keyEpoch}`)
  } else if (iat >= binding.notAfter) {
    // The engine looked at the moment of the evidence, which may be earlier.
    const until = `until ${instant(binding.notAfter)}`
    list.fail('result_keys', 'keys_expired', `keys valid later than ${instant(iat)}`, until)
  } else if (expired) list.fail('result_keys', expired.code, `keys valid ${expired.expected}`, `until ${expired.found}`)
  else list.pass('result_keys', bound, `both bound, key epoch ${keyEpoch}, valid until ${instant(binding.notAfter)}`)
}

function behind(step: keyof typeof BEHIND, checks: readonly AttestationCheck[]): readonly AttestationCheck[] {
  const names: readonly AttestationCheckName[] = BEHIND[step]
  return checks.filter(({ name }) => names.includes(name))
}

function firstFailure(checks: readonly AttestationCheck[]): (AttestationCheck & { outcome: 'failed' }) | undefined {
  return checks.find((check) => check.outcome === 'failed')
}
