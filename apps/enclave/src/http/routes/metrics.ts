/** `GET /metrics` for Prometheus (H1). */
import { Type } from 'typebox'
import type { Metrics } from '../../observability/metrics.ts'
import type { Server } from '../server-type.ts'

export function metricsRoutes(server: Server, metrics: Metrics): void {
  server.get(
    '/metrics',
    {
      schema: {
        tags: ['operation'],
        summary: 'Counts and times, without ids',
        response: {
          200: { description: 'Prometheus exposition text.', content: { 'text/plain': { schema: Type.String() } } },
        },
      },
    },
    async (_request, reply) => {
      const { contentType, text } = await metrics.exposition()
      return reply.type(contentType).serializer(String).send(text)
    },
  )
}
