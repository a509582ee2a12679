import type { Skip, VerifiedEnclave } from '@perf-aggregator/attestation'
import {
  type Credentials,
  type SubmissionMetadata,
  type SubmitBody,
  type SuiteName,
  sealSubmission,
} from '@perf-aggregator/protocol'
import { webHpkePrimitives } from './crypto/hpke.ts'
import { skipOrList, verifyAttestation } from './enclave/verify-attestation.ts'

/** What `verifyAttestation` of {@link CryptoHelper} holds an answer against. */
export interface HelperExpectation {
  /** The nonce sent with the request, or why there was none. */
  readonly nonce: Uint8Array | Skip
  /** The release published for this enclave, learnt elsewhere than from its own answer; several, or why any will do. */
  readonly expectedImageHash: string | readonly string[] | Skip
  readonly allowSimulator?: boolean
  readonly simulatorRoot?: Uint8Array
  /** Seconds since 1970; the present when left out. */
  readonly now?: number
}

/**
 * The two steps of a submission for programs that do their own HTTP. What the first returns is the only thing the second
 * seals to: a key out of an answer nobody verified cannot be used, by mistake or otherwise.
 */
export const CryptoHelper = {
  /**
   * Verifies the parsed answer of `GET /attestation/quote?nonce=`.
   *
   * @throws {AttestationRefusal} naming every failed check
   */
  async verifyAttestation(quote: unknown, expected: HelperExpectation): Promise<VerifiedEnclave> {
    return verifyAttestation(quote, {
      nonce: expected.nonce,
      measurements: skipOrList(expected.expectedImageHash),
      allowSimulator: expected.allowSimulator ?? false,
      ...(expected.simulatorRoot === undefined ? {} : { simulatorRoot: expected.simulatorRoot }),
      ...(expected.now === undefined ? {} : { now: expected.now }),
    })
  },

  /**
   * Seals credentials to a verified enclave: the body of `POST /enclave/submit_key`. The metadata travels in clear and is
   * authenticated. `x-wing`, the default, also holds against an adversary who records now and has a quantum computer later.
   *
   * @throws ProtocolError `enclave_unverified`, `credentials_field`, `submission_metadata`, `envelope_key`
   */
  async encryptCredentials(
    credentials: Credentials,
    enclave: VerifiedEnclave,
    metadata: Omit<SubmissionMetadata, 'exchange'>,
    options: { readonly suite?: SuiteName } = {},
  ): Promise<SubmitBody> {
    const { label, ttl } = metadata
    return sealSubmission(webHpkePrimitives, enclave, { suite: options.suite ?? 'x-wing', credentials, label, ttl })
  },
} as const
