/**
 * `/openapi.json` and the pages under `/docs` (requirement H3). The interface is Swagger UI's own bundle; the plugin
 * around it is not loaded, because it would bring a server of files into the enclave (docs/decisions).
 */
import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import { DESCRIPTION } from './openapi.ts'
import type { Server } from './server-type.ts'

/** The only two files that are served, read once; `import.meta.resolve` finds them where the lockfile put them. */
const ASSETS = [
  ['swagger-ui.css', 'text/css; charset=utf-8', import.meta.resolve('@fastify/swagger-ui/static/swagger-ui.css')],
  [
    'swagger-ui-bundle.js',
    'text/javascript; charset=utf-8',
    import.meta.resolve('@fastify/swagger-ui/static/swagger-ui-bundle.js'),
  ],
] as const

/** Every address in it is relative: a gateway may put the enclave under a path. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Perf-Aggregator enclave</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="./swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="./swagger-ui-bundle.js"></script>
<script src="./start.js"></script>
</body>
</html>
`

/** `validatorUrl: null`: by default Swagger UI would send the description to a service of its makers. */
const START = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
`

/** Nothing from any other host, no inline script; the interface needs its inline styles. */
const POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
].join('; ')

const MAX_AGE = 'public, max-age=300'

/** Call before the routes: it reads their schemas as they are added. */
export async function document(server: Server): Promise<void> {
  await server.register(swagger, { openapi: DESCRIPTION })

  server.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply
      .header('cache-control', MAX_AGE)
      .type('application/json')
      .serializer((description: unknown) => JSON.stringify(description))
      .send(server.swagger()),
  )

  function serve(name: string, type: string, content: string | Buffer): void {
    server.get(`/docs/${name}`, { schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', MAX_AGE).header('content-security-policy', POLICY).type(type).send(content),
    )
  }
  serve('', 'text/html; charset=utf-8', PAGE)
  serve('start.js', 'text/javascript; charset=utf-8', START)
  for (const [name, type, location] of ASSETS) serve(name, type, await readFile(new URL(location)))
  server.get('/docs', { schema: { hide: true } }, (_request, reply) => reply.redirect('docs/', 308))
}
