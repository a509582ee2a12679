/** So many requests of one address in a window, counted for all replicas together (requirement E5). */
import type { FastifyReply } from 'fastify'
import type { Configuration } from '../configuration.ts'
import { EnclaveError } from '../errors.ts'
import { countedAddress } from './client-address.ts'
import type { Server } from './server-type.ts'
import type { RateLimiter } from './services.ts'

/** What monitors, mirrors of the log and readers of the documentation ask for: cheap, and asked for often. */
const UNLIMITED = /^\/(?:healthz|readyz|metrics|openapi\.json|docs|docs\/.*|log\/.*)$/

/** Counted by itself: whoever used up the other allowance can still destroy what the enclave holds. */
const REVOKE = '/enclave/revoke'

/**
 * Whether the limit fails open or closed when its count cannot be read is the limiter's to say: what it rejects with
 * is answered. The headers are those of draft-ietf-httpapi-ratelimit-headers.
 */
export function limitRate(server: Server, limiter: RateLimiter, windowMilliseconds: number): void {
  const windowSeconds = Math.ceil(windowMilliseconds / 1000)
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url
    if (route !== undefined && UNLIMITED.test(route)) return
    const policy = route === REVOKE ? 'revoke' : 'default'
    const address = countedAddress(request.ip)
    const count = await limiter.take(policy === 'default' ? address : `${policy} ${address}`)
    announce(reply, policy, count, windowSeconds)
    if (count.allowed) return
    throw new EnclaveError('rate_limited', 'too many requests from this address; wait as long as Retry-After says', {
      retryAfterSeconds: count.resetSeconds,
    })
  })
}

/** Of what an address may ask in a window, how much goes into waiting for one collection: once it has become slow, and while it is young. */
const STEADY_SHARE = 0.6
const EAGER_SHARE = 0.025

/**
 * Seconds after which to ask again for what has been under way for `age` seconds: soon at first, since a short history is there
 * at once, and more and more patiently, so that whoever obeys stays within the limit however long it takes.
 */
export function unhurried({ max, windowMilliseconds }: Configuration['rateLimit'], age: number): number {
  const longest = Math.ceil(windowMilliseconds / 1000 / (max * STEADY_SHARE))
  return Math.max(1, Math.min(longest, Math.ceil(age / (max * EAGER_SHARE))))
}

function announce(
  reply: FastifyReply,
  policy: string,
  count: { readonly limit: number; readonly remaining: number; readonly resetSeconds: number },
  windowSeconds: number,
): void {
  const remaining = Math.max(0, Math.floor(count.remaining))
  const reset = Math.max(0, Math.ceil(count.resetSeconds))
  void reply.header('ratelimit-policy', `"${policy}";q=${count.limit};w=${windowSeconds}`)
  void reply.header('ratelimit', `"${policy}";r=${remaining};t=${reset}`)
}
