/** `POST /enclave/submit_key` (A6) and `POST /enclave/revoke` (E1). */
import {
  ENCAPSULATED_BYTES,
  NONCE_BYTES,
  RevokeRequest,
  RevokeResponse,
  SubmissionRequest,
  SubmissionResponse,
  TAG_BYTES,
} from '@perf-aggregator/contracts'
import { EnclaveError } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { SealedSubmission } from '../../ports/collector.ts'
import { contextOf } from '../request-context.ts'
import type { Server } from '../server-type.ts'
import type { Services, SubmittedSession } from '../services.ts'
import { decodeField, decodeStrict, instant } from '../wire.ts'
import { REFUSALS } from './refusals.ts'

export function submissionRoutes(
  server: Server,
  { sessions }: Pick<Services, 'sessions'>,
  metrics: Metrics,
  maxTtlSeconds: number,
): void {
  server.post(
    '/enclave/submit_key',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Submit sealed, read-only exchange credentials',
        body: SubmissionRequest,
        response: { 201: SubmissionResponse, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const submission = readSubmission(request.body, maxTtlSeconds)
      const session = await metrics.operation('submit', () => sessions.submit(submission, contextOf(request)))
      return reply.code(201).send(submissionResponse(session))
    },
  )

  server.post(
    '/enclave/revoke',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Destroy a session: its credentials, its history and its certificates',
        security: [{}, { proof: [] }],
        body: RevokeRequest,
        response: { 200: RevokeResponse, ...REFUSALS },
      },
    },
    async (request) => {
      const context = contextOf(request)
      const session = await sessions.authorise(request.body.session_id, context)
      const purged = await metrics.operation('revoke', () => sessions.revoke(session, context))
      return { revoked: true as const, purged }
    },
  )
}

/** Form only: whether it opens is the collector's to find out. */
function readSubmission(body: SubmissionRequest, maxTtlSeconds: number): SealedSubmission {
  const { suite = 'x25519', metadata } = body
  if (metadata.ttl > maxTtlSeconds) {
    throw new EnclaveError('ttl_too_long', `a session of this enclave lives at most ${maxTtlSeconds} seconds`)
  }
  const encapsulatedKey = decodeField('ephemeral_pub', body.ephemeral_pub, ENCAPSULATED_BYTES[suite], 'invalid_key')
  const nonce = decodeField('nonce', body.nonce, NONCE_BYTES, 'invalid_nonce')
  const ciphertext = decodeStrict('ciphertext', body.ciphertext)
  const tag = decodeField('tag', body.tag, TAG_BYTES, 'decryption_failed')
  const sealed = new Uint8Array(ciphertext.length + tag.length)
  sealed.set(ciphertext)
  sealed.set(tag, ciphertext.length)
  return { suite, encapsulatedKey, nonce, sealed, metadata }
}

function submissionResponse(session: SubmittedSession): SubmissionResponse {
  return {
    session_id: session.sessionId,
    expires_at: instant(session.expiresAt),
    exchange: session.exchange,
    label: session.label,
    account: session.account,
    key_epoch: session.keyEpoch,
    bound: session.bound,
  }
}
