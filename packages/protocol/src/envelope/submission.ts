/** A submission (`docs/protocol.md` section 2): credentials sealed to an enclave that was verified before. */
import { isVerifiedEnclave, type VerifiedEnclave } from '@perf-aggregator/attestation'
import { encodeBase64 } from '../bytes/base64.ts'
import type { Bytes } from '../bytes/octets.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { ProtocolError } from '../errors.ts'
import { canonicalJsonBytes } from '../jcs.ts'
import { type Credentials, encodeCredentials, isExchange } from './credentials.ts'
import { sealBase } from './hpke.ts'
import type { HpkeSenderPrimitives } from './primitives.ts'
import { SUITES, type SuiteName } from './suites.ts'

/** HPKE's `info`: what is sealed for a submission opens as nothing else. */
export const SUBMISSION_INFO: Bytes = encodeUtf8('perf-aggregator/submit/v1')

export const NONCE_LENGTH = 12
export const TAG_LENGTH = 16

/** Shortest lifetime of a session, seconds; the longest is the enclave's to say. */
export const MIN_TTL = 60

const LABEL = /^[A-Za-z0-9 ._-]{1,64}$/

/** Travels in clear, and is authenticated. */
export interface SubmissionMetadata {
  readonly exchange: string
  /** 1 to 64 of `[A-Za-z0-9 ._-]` */
  readonly label: string
  /** Seconds */
  readonly ttl: number
}

/** Body of `POST /enclave/submit_key`; base64 each. */
export interface SubmitBody {
  readonly suite: SuiteName
  readonly ephemeral_pub: string
  readonly nonce: string
  readonly ciphertext: string
  readonly tag: string
  readonly metadata: SubmissionMetadata
}

/**
 * Seals `credentials` to `enclave`. Rejects, before anything is sealed, with `enclave_unverified` (keys that did not come
 * out of `verify`), `submission_metadata`, `credentials_field`, and with `envelope_key` when the enclave's key is none.
 */
export async function sealSubmission(
  primitives: HpkeSenderPrimitives,
  enclave: VerifiedEnclave,
  submission: {
    readonly suite: SuiteName
    readonly credentials: Credentials
    readonly label: string
    readonly ttl: number
  },
): Promise<SubmitBody> {
  if (!isVerifiedEnclave(enclave)) throw new ProtocolError('enclave_unverified', 'keys of an enclave nobody verified')
  const { credentials, label, ttl } = submission
  const metadata = { exchange: credentials.exchange, label, ttl }
  requireMetadata(metadata)
  const suite = SUITES[submission.suite]
  const nonce = primitives.randomBytes(NONCE_LENGTH)
  const plaintext = encodeCredentials(credentials)
  try {
    const { encapsulated, sealed } = await sealBase(
      primitives,
      suite.sender(primitives),
      primitives.aes256Gcm,
      suite.recipient(enclave.binding),
      { info: SUBMISSION_INFO, aad: submissionAad(metadata, nonce), plaintext },
    )
    return {
      suite: submission.suite,
      ephemeral_pub: encodeBase64(encapsulated),
      nonce: encodeBase64(nonce),
      ciphertext: encodeBase64(sealed.subarray(0, -TAG_LENGTH)),
      tag: encodeBase64(sealed.subarray(-TAG_LENGTH)),
      metadata,
    }
  } finally {
    plaintext.fill(0)
  }
}

/** What authenticates the clear part: JCS of `{"metadata":{exchange,label,ttl},"nonce":"<base64>"}`. */
export function submissionAad({ exchange, label, ttl }: SubmissionMetadata, nonce: Uint8Array): Bytes {
  return canonicalJsonBytes({ metadata: { exchange, label, ttl }, nonce: encodeBase64(nonce) })
}

function requireMetadata({ exchange, label, ttl }: SubmissionMetadata): void {
  if (!isExchange(exchange)) throw new ProtocolError('submission_metadata', 'an exchange that is not supported')
  if (!LABEL.test(label))
    throw new ProtocolError('submission_metadata', 'a label of other than 1 to 64 of A-Z a-z 0-9 space . _ -')
  if (!Number.isSafeInteger(ttl) || ttl < MIN_TTL)
    throw new ProtocolError('submission_metadata', `a ttl under ${MIN_TTL} s`)
}
