/** `/openapi.json` and the pages under `/docs`, all of it served from here (requirement H3). */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { Server } from './server-type.ts'

/** Nothing from any other host; the page's own scripts and styles, whose inline styles the interface needs. */
const DOCS_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
].join('; ')

/** Call before the routes: it reads their schemas as they are added. */
export async function document(server: Server): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Perf-Aggregator enclave',
        description:
          'Prove how you trade without giving anyone your API keys. The bytes behind these schemas are in docs/protocol.md, the error codes in docs/errors.md.',
        version: '0.1.0',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'attestation', description: 'What the TEE signs about this enclave' },
        { name: 'sessions', description: 'Sealed credentials and their life' },
        { name: 'results', description: 'Figures of a session' },
        { name: 'certificates', description: 'Signed, logged, verifiable by anyone' },
        { name: 'log', description: 'The transparency log (C2SP tlog-tiles)' },
        { name: 'records', description: 'Sealed application data' },
        { name: 'operation', description: 'Health and metrics' },
      ],
      components: {
        securitySchemes: {
          proof: {
            type: 'apiKey',
            in: 'header',
            name: 'DPoP',
            description: 'Proof of possession (protocol, section 3), when the session is bound.',
          },
          token: { type: 'http', scheme: 'bearer', description: 'A token with the scope `records`.' },
        },
      },
    },
  })
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    uiConfig: { deepLinking: true, docExpansion: 'list' },
  })
  server.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=300')
      .type('application/json')
      .serializer((description: unknown) => JSON.stringify(description))
      .send(server.swagger()),
  )
}
