/** The HTTP face: checks the form of what comes in, asks a service, gives the answer its form. Decides nothing. */
import helmet from '@fastify/helmet'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Configuration } from '../configuration.ts'
import type { EnclaveError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { clientErrorHandler } from './client-error.ts'
import { document } from './documentation.ts'
import { observe } from './observation.ts'
import { admitOrigins } from './origins.ts'
import { asEnclaveError, sendProblem } from './problem.ts'
import { limitRate } from './rate-limit.ts'
import { makeRequestId, REQUEST_ID_HEADER } from './request-context.ts'
import { attestationRoutes } from './routes/attestation.ts'
import { certificateRoutes } from './routes/certificates.ts'
import { healthRoutes } from './routes/health.ts'
import { logRoutes } from './routes/log.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { recordRoutes } from './routes/records.ts'
import { resultRoutes } from './routes/results.ts'
import { submissionRoutes } from './routes/submission.ts'
import type { Server, TypeBoxProvider } from './server-type.ts'
import type { Services } from './services.ts'
import { answerUnmatched } from './unmatched.ts'
import { AJV_OPTIONS } from './validation.ts'

/** Bytes of a body where a route says nothing else; enough for any submission. */
const BODY_LIMIT = 65_536
/** A whole request must have arrived by then: a client that trickles holds no socket for longer. */
const REQUEST_TIMEOUT_MILLISECONDS = 30_000
/** Longest part of a path; a session id has 43 characters. */
const MAX_PARAM_LENGTH = 128

export interface ServerParts {
  readonly services: Services
  readonly clock: Clock
  readonly random: Random
  readonly configuration: Pick<
    Configuration,
    'allowedOrigins' | 'trustProxy' | 'maxTtlSeconds' | 'maxRecordBytes' | 'rateLimit'
  >
  readonly logger: Logger
  readonly metrics: Metrics
  /** Milliseconds in place of {@link REQUEST_TIMEOUT_MILLISECONDS}. */
  readonly patience?: number
}

/** The server with every route, ready and not listening. */
export async function buildServer(parts: ServerParts): Promise<Server> {
  const { services, clock, random, configuration, logger, metrics, patience = REQUEST_TIMEOUT_MILLISECONDS } = parts
  const server: Server = Fastify({
    // Fastify's own lines quote addresses, and these hold session ids; `observation.ts` writes ours instead.
    logger: false,
    ajv: AJV_OPTIONS,
    bodyLimit: BODY_LIMIT,
    requestTimeout: patience,
    // Node takes the longer of two limits for the whole request, whichever is named so, and looks twice a minute.
    http: { headersTimeout: patience, requestTimeout: patience, connectionsCheckingInterval: patience / 6 },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    trustProxy: proxyTrust(configuration.trustProxy),
    requestIdHeader: false,
    genReqId: () => makeRequestId(random),
    // While it closes, requests already on their way are still answered, in the usual form.
    return503OnClosing: false,
    clientErrorHandler: clientErrorHandler(random),
    frameworkErrors: (error, request, reply) => {
      refuse(asEnclaveError(error), request, reply)
    },
  }).withTypeProvider<TypeBoxProvider>()

  const observation = observe(server, logger, metrics)
  function refuse(error: EnclaveError, request: FastifyRequest, reply: FastifyReply): void {
    observation.refused(request, error)
    sendProblem(error, request, reply)
  }

  server.removeContentTypeParser('text/plain')
  server.setErrorHandler((error, request, reply) => {
    refuse(asEnclaveError(error), request, reply)
  })
  answerUnmatched(server, refuse)
  server.addHook('onRequest', async (request, reply) => {
    void reply.header(REQUEST_ID_HEADER, request.id).header('cache-control', 'no-store')
  })
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: configuration.allowedOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // The enclave speaks for its own host, not for its neighbours under the same domain.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
  })
  await admitOrigins(server, configuration.allowedOrigins)
  limitRate(server, services.limiter, configuration.rateLimit.windowMilliseconds)

  await document(server)
  attestationRoutes(server, services, random)
  submissionRoutes(server, services, metrics, configuration.maxTtlSeconds)
  resultRoutes(server, services, metrics)
  certificateRoutes(server, services, metrics, clock, configuration.rateLimit)
  logRoutes(server, services)
  recordRoutes(server, services, metrics, configuration.maxRecordBytes)
  healthRoutes(server, services)
  metricsRoutes(server, metrics)
  await server.ready()
  return server
}

/** A number counts proxies from the enclave outwards: what the last of them says of the address is believed. */
function proxyTrust(
  trust: Configuration['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) {
  if (trust === false) return false
  return typeof trust === 'number' ? (_address, hop) => hop < trust : [...trust]
}
