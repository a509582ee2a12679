import {
  AttestationError,
  attestationQuoteFromJson,
  type Check,
  isSkip,
  type Skip,
  skip,
  type Verdict,
  type VerifiedEnclave,
  verify,
} from '@perf-aggregator/attestation'
import { mathematics } from '#mathematics'
import { ClientError } from '../errors.ts'
import { type EnclaveTrust, releaseChecks, trustedAppraisers, trustedFamilies } from './trust.ts'

/** What the answer to `GET /attestation/quote` is held against. */
export interface AttestationExpectation extends EnclaveTrust {
  /** The nonce that was sent, or why none was. */
  readonly nonce: Uint8Array | Skip
  /** Seconds since 1970; the present when left out. */
  readonly now?: number
}

/** Evidence that was not accepted. `code` is `attestation_refused`; `failures` are the engine's codes. */
export class AttestationRefusal extends ClientError {
  readonly checks: readonly Check[]
  readonly failures: readonly string[]

  constructor(checks: readonly Check[], failures: readonly string[], cause?: unknown) {
    super('attestation_refused', `the enclave's evidence is not accepted: ${failures.join(', ')}`, { cause })
    this.checks = checks
    this.failures = failures
  }
}

/**
 * Verifies the answer of `GET /attestation/quote`, as parsed JSON. Only what this returns can be sealed to.
 *
 * @throws {AttestationRefusal} with every failed check
 */
export async function verifyAttestation(quote: unknown, expected: AttestationExpectation): Promise<VerifiedEnclave> {
  let verdict: Verdict
  let release: readonly Check[]
  try {
    const { evidence, endorsements } = attestationQuoteFromJson(quote)
    // Without a nonce nothing shows it, and the verdict must not say otherwise.
    const fresh = isSkip(expected.nonce) ? expected.nonce : skip('the nonce shows that the evidence is fresh')
    const policy = {
      families: trustedFamilies(expected, evidence.binding.release),
      binding: 'required',
      nonce: expected.nonce,
      debug: 'refused',
      notAfter: 'ahead',
      maxAge: fresh,
      clockSkew: fresh,
    } as const
    const now = expected.now ?? Math.floor(Date.now() / 1000)
    release = releaseChecks(expected, evidence)
    verdict = await verify(evidence, endorsements, policy, now, mathematics, trustedAppraisers(expected))
  } catch (error) {
    if (error instanceof AttestationError) throw new AttestationRefusal([], [error.code], error)
    throw error
  }
  const checks = [...verdict.checks, ...release]
  const unknown = release.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
  if (!verdict.accepted) throw new AttestationRefusal(checks, [...verdict.failures, ...unknown])
  if (unknown.length > 0) throw new AttestationRefusal(checks, unknown)
  if (!verdict.enclave) throw new AttestationRefusal(checks, ['binding_malformed'])
  return verdict.enclave
}

/** One release or several, as {@link EnclaveTrust} has them. */
export function skipOrList(accepted: string | readonly string[] | Skip): readonly string[] | Skip {
  return typeof accepted === 'string' ? [accepted] : accepted
}
