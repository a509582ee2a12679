/** `POST /enclave/submit_key` (protocol, section 2) and `POST /enclave/revoke` (section 4). */
import { type Static, Type } from 'typebox'
import { Account, Base64, Closed, Count, Exchange, Instant, Label, OneOf, SessionId } from './encoding.ts'

/** Bytes of `ephemeral_pub`: what the suite's KEM encapsulates to. */
export const ENCAPSULATED_BYTES = { x25519: 32, 'x-wing': 1120 } as const

/** Bytes of a submission's `nonce`. */
export const NONCE_BYTES = 12

/** Bytes of the AES-256-GCM `tag`. */
export const TAG_BYTES = 16

/** A shorter life than this would expire before the first poll. */
export const MIN_TTL_SECONDS = 60

/** Characters of the longest ciphertext: well under the 64 KiB a submission may have in all. */
const MAX_CIPHERTEXT_CHARACTERS = 49_152

export const SubmissionRequest = Closed(
  {
    suite: Type.Optional(
      OneOf(['x25519', 'x-wing'], { description: 'The KEM; `x25519` when absent.', examples: ['x-wing'] }),
    ),
    ephemeral_pub: Base64(
      { description: 'The encapsulated key: 32 bytes for `x25519`, 1,120 for `x-wing`.' },
      4 * Math.ceil(ENCAPSULATED_BYTES['x-wing'] / 3),
    ),
    nonce: Base64({ description: '12 random bytes, used once.', examples: ['AAECAwQFBgcICQoL'] }, 64),
    ciphertext: Base64({ description: 'The sealed bytes without their last 16.' }, MAX_CIPHERTEXT_CHARACTERS),
    tag: Base64({ description: 'The last 16 of the sealed bytes.', examples: ['AAECAwQFBgcICQoLDA0ODw=='] }, 64),
    metadata: Closed(
      {
        exchange: Exchange,
        label: Label,
        ttl: Type.Integer({
          description:
            "Seconds the session lives: 60 to the enclave's maximum, 604,800 unless configured otherwise. More is `ttl_too_long`.",
          minimum: MIN_TTL_SECONDS,
          examples: [86_400],
        }),
      },
      { description: 'In clear, and authenticated: it is part of the additional data the ciphertext was sealed with.' },
    ),
  },
  { title: 'Submission', description: 'Read-only exchange credentials, sealed to the key the evidence binds.' },
)
export type SubmissionRequest = Static<typeof SubmissionRequest>

export const SubmissionResponse = Closed(
  {
    session_id: SessionId,
    expires_at: Instant({ description: 'When the session and its credentials are destroyed.' }),
    exchange: Exchange,
    label: Label,
    account: Account,
    key_epoch: Type.Integer({ description: 'Generation of the key the submission was sealed to.', minimum: 0 }),
    bound: Type.Boolean({ description: 'Whether every later request needs a proof by the client key.' }),
  },
  { title: 'Session' },
)
export type SubmissionResponse = Static<typeof SubmissionResponse>

export const RevokeRequest = Closed({ session_id: SessionId })
export type RevokeRequest = Static<typeof RevokeRequest>

export const RevokeResponse = Closed(
  {
    revoked: Type.Literal(true),
    purged: Closed({
      credentials: Count('Sealed credentials destroyed.'),
      events: Count('Collected fills and flows destroyed.'),
      certificates: Count('Certificates withdrawn; the log keeps their digests.'),
    }),
  },
  { title: 'Revocation' },
)
export type RevokeResponse = Static<typeof RevokeResponse>
