/** One line and one count per answer; the refusals and the failures beside them. */
import type { FastifyRequest } from 'fastify'
import type { EnclaveError } from '../errors.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Server } from './server-type.ts'

/** The pattern of the route: the path itself holds session ids. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unmatched'
}

export interface Observation {
  /** Notes why `request` was refused, for its line; a failure of ours gets a line with its place at once. */
  refused(request: FastifyRequest, error: EnclaveError): void
}

export function observe(server: Server, logger: Logger, metrics: Metrics): Observation {
  /** Refusals until their answer is out. Weak: an answer that never goes out keeps nothing. */
  const codes = new WeakMap<FastifyRequest, string>()

  server.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request)
    const code = codes.get(request)
    metrics.httpRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    logger.info('request', {
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      ...(code === undefined ? {} : { code }),
    })
  })

  return {
    refused(request, error) {
      codes.set(request, error.code)
      if (error.status === 401 || error.status === 403 || error.status === 429) metrics.accessRefused(error.code)
      if (error.status >= 500) {
        logger.error('request_failed', { requestId: request.id, route: routeOf(request), code: error.code }, error)
      }
    },
  }
}
