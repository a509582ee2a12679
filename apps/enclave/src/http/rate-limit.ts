/** So many requests of one address in a window, counted for all replicas together (requirement E5). */
import type { FastifyReply } from 'fastify'
import { EnclaveError } from '../errors.ts'
import { countedAddress } from './client-address.ts'
import type { Server } from './server-type.ts'
import type { RateLimiter } from './services.ts'

/** What monitors, mirrors of the log and readers of the documentation ask for: cheap, and asked for often. */
const UNLIMITED = /^\/(?:healthz|readyz|metrics|openapi\.json|docs|docs\/.*|log\/.*)$/

/**
 * Whether the limit fails open or closed when its count cannot be read is the limiter's to say: what it rejects with
 * is answered. The headers are those of draft-ietf-httpapi-ratelimit-headers.
 */
export function limitRate(server: Server, limiter: RateLimiter, windowMilliseconds: number): void {
  const windowSeconds = Math.ceil(windowMilliseconds / 1000)
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url
    if (route !== undefined && UNLIMITED.test(route)) return
    const count = await limiter.take(countedAddress(request.ip))
    announce(reply, count, windowSeconds)
    if (count.allowed) return
    throw new EnclaveError('rate_limited', 'too many requests from this address; wait as long as Retry-After says', {
      retryAfterSeconds: count.resetSeconds,
    })
  })
}

function announce(
  reply: FastifyReply,
  count: { readonly limit: number; readonly remaining: number; readonly resetSeconds: number },
  windowSeconds: number,
): void {
  const remaining = Math.max(0, Math.floor(count.remaining))
  const reset = Math.max(0, Math.ceil(count.resetSeconds))
  void reply.header('ratelimit-policy', `"default";q=${count.limit};w=${windowSeconds}`)
  void reply.header('ratelimit', `"default";r=${remaining};t=${reset}`)
}
