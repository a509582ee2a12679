import type { Skip, VerifiedEnclave } from '@perf-aggregator/attestation'
import {
  type Credentials,
  ProtocolError,
  type SubmissionMetadata,
  type SubmitBody,
  type SuiteName,
  sealSubmission,
} from '@perf-aggregator/protocol'
import { webHpkePrimitives } from './crypto/hpke.ts'
import { skipOrList, verifyAttestation } from './enclave/verify-attestation.ts'
import { localError } from './errors.ts'

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
   * @throws {ClientError} `enclave_unverified`, or `invalid_options` for credentials or metadata the enclave would refuse
   */
  async encryptCredentials(
    credentials: Credentials,
    enclave: VerifiedEnclave,
    metadata: Omit<SubmissionMetadata, 'exchange'>,
    options: { readonly suite?: SuiteName } = {},
  ): Promise<SubmitBody> {
    const { label, ttl } = metadata
    const submission = { suite: options.suite ?? 'x-wing', credentials, label, ttl } as const
    try {
      return await sealSubmission(webHpkePrimitives, enclave, submission)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      if (error.code === 'enclave_unverified') throw localError('enclave_unverified', error.message, error)
      throw localError('invalid_options', `${error.code}: ${error.message}`, error)
    }
  },
} as const
