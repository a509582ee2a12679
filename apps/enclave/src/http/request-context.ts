/** What of a request the domain may see, and the id every answer, line and audit entry carries. */
import type { FastifyRequest } from 'fastify'
import type { Random } from '../ports/random.ts'
import type { RequestContext } from './services.ts'

export const REQUEST_ID_HEADER = 'x-request-id'

/** 128 random bits, always ours: an id a client could choose would let it write into another's audit trail. */
export function makeRequestId(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('hex')
}

/** The path is the one on the wire, undecoded: what a proof of possession signs. */
export function pathOf(request: FastifyRequest): string {
  const target = request.raw.url ?? '/'
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

export function contextOf(request: FastifyRequest): RequestContext {
  const proof = request.headers['dpop']
  return {
    requestId: request.id,
    method: request.method,
    path: pathOf(request),
    proof: typeof proof === 'string' ? proof : null,
  }
}
