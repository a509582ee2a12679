/** Which web pages may call: the closed list of `ALLOWED_ORIGINS`, and the enclave's own pages (`/docs`). */
import cors from '@fastify/cors'
import { EnclaveError } from '../errors.ts'
import { REQUEST_ID_HEADER } from './request-context.ts'
import type { Server } from './server-type.ts'

/**
 * A page from anywhere else is refused outright, preflight or not: leaving the CORS headers out would hide the answer
 * from the page and still do what it asked.
 */
export async function admitOrigins(server: Server, allowed: readonly string[]): Promise<void> {
  server.addHook('onRequest', async (request) => {
    const { origin } = request.headers
    if (origin === undefined || allowed.includes(origin)) return
    const own = URL.parse(origin)?.host
    if (own !== undefined && own === request.host) return
    throw new EnclaveError('origin_refused', 'pages of this origin may not call this enclave')
  })
  if (allowed.length === 0) return
  await server.register(cors, {
    origin: [...allowed],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowedHeaders: ['content-type', 'authorization', 'dpop'],
    exposedHeaders: [REQUEST_ID_HEADER, 'retry-after', 'ratelimit', 'ratelimit-policy', 'www-authenticate'],
    credentials: false,
    maxAge: 600,
    strictPreflight: false,
  })
}
