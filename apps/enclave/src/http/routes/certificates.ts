/** `POST /enclave/request_aggregates` (D1) and `GET /certificates/{id}`. */
import {
  CERTIFICATE_MEDIA_TYPE,
  Certificate,
  CertificateParameters,
  CertificateRequest,
  CertificateResponse,
} from '@perf-aggregator/contracts'
import type { Configuration } from '../../configuration.ts'
import { EnclaveError } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { Clock } from '../../ports/clock.ts'
import { unhurried } from '../rate-limit.ts'
import { contextOf } from '../request-context.ts'
import type { Server } from '../server-type.ts'
import type { Services } from '../services.ts'
import { verbatim } from '../wire.ts'
import { REFUSALS } from './refusals.ts'

/** Seconds a copy may be kept: the bytes never change, but a revocation withdraws the certificate. */
const CERTIFICATE_MAX_AGE = 60

export function certificateRoutes(
  server: Server,
  { sessions, certificates }: Pick<Services, 'sessions' | 'certificates'>,
  metrics: Metrics,
  clock: Clock,
  rateLimit: Configuration['rateLimit'],
): void {
  async function issue(...request: Parameters<typeof certificates.issue>): ReturnType<typeof certificates.issue> {
    try {
      return await metrics.operation('issue', () => certificates.issue(...request))
    } catch (cause) {
      if (!(cause instanceof EnclaveError) || cause.code !== 'collection_incomplete') throw cause
      const youngest = Math.max(...request[0].map(({ createdAt }) => createdAt))
      const retryAfterSeconds = unhurried(rateLimit, (clock.now() - youngest) / 1000)
      throw new EnclaveError(cause.code, cause.message, { cause, retryAfterSeconds })
    }
  }

  server.post(
    '/enclave/request_aggregates',
    {
      schema: {
        tags: ['certificates'],
        summary: 'Sign and log what the sessions performed',
        security: [{}, { proof: [] }],
        body: CertificateRequest,
        response: { 201: CertificateResponse, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { session_id, include = [], reporting_currency } = request.body
      const context = contextOf(request)
      const owned = await sessions.authoriseTogether([session_id, ...include], context)
      const { id, certificate } = await issue(owned, reporting_currency, context)
      const url = `/certificates/${id}`
      return reply
        .code(201)
        .header('location', url)
        .type('application/json')
        .serializer(verbatim)
        .send({ certificate_id: id, certificate_url: url, aggregates_signed: certificate as Certificate })
    },
  )

  server.get(
    '/certificates/:id',
    {
      schema: {
        tags: ['certificates'],
        summary: 'A certificate, verifiable offline',
        params: CertificateParameters,
        response: {
          200: {
            description: 'The certificate file.',
            content: { [CERTIFICATE_MEDIA_TYPE]: { schema: Certificate } },
          },
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      const { certificate } = await certificates.get(request.params.id)
      return reply
        .header('cache-control', `public, max-age=${CERTIFICATE_MAX_AGE}`)
        .type(CERTIFICATE_MEDIA_TYPE)
        .serializer(verbatim)
        .send(certificate as Certificate)
    },
  )
}
