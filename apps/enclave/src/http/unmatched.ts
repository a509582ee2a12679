/** What no route answers: an unknown path is `not_found`, a known path under another method `method_not_allowed`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { EnclaveError } from '../errors.ts'
import { pathOf } from './request-context.ts'
import type { Server } from './server-type.ts'

/** Call before the routes: it notes each as it is added. */
export function answerUnmatched(
  server: Server,
  refuse: (error: EnclaveError, request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const patterns: { readonly methods: readonly string[]; readonly segments: readonly string[] }[] = []

  server.addHook('onRoute', ({ method, url }) => {
    const methods = (Array.isArray(method) ? method : [method]).filter((name) => name !== 'OPTIONS')
    if (methods.length > 0) patterns.push({ methods, segments: url.split('/') })
  })

  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request).split('/')
    const allowed = new Set(patterns.flatMap(({ methods, segments }) => (matches(segments, path) ? methods : [])))
    if (allowed.size === 0 || allowed.has(request.method)) {
      refuse(new EnclaveError('not_found', 'there is nothing at this path'), request, reply)
      return
    }
    void reply.header('allow', [...allowed].sort().join(', '))
    refuse(
      new EnclaveError('method_not_allowed', 'this path exists, but not under this method; see the Allow header'),
      request,
      reply,
    )
  })
}

/** `:name` matches one segment that is not empty, `*` at the end everything that is left. */
function matches(segments: readonly string[], path: readonly string[]): boolean {
  for (const [index, segment] of segments.entries()) {
    if (segment === '*') return true
    const part = path[index]
    if (part === undefined || (segment.startsWith(':') ? part === '' : part !== segment)) return false
  }
  return path.length === segments.length
}
