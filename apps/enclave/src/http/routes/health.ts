/** `GET /healthz`: the process answers. `GET /readyz`: so do its dependencies (H2). */
import { HealthResponse, ReadinessResponse } from '@perf-aggregator/contracts'
import type { EndorsementReport } from '../../endorsements/watch.ts'
import type { Server } from '../server-type.ts'
import type { Services } from '../services.ts'
import { instant } from '../wire.ts'

function wireEndorsements({
  state,
  missing,
  notAfter,
}: EndorsementReport): NonNullable<ReadinessResponse['endorsements']> {
  return { state, missing: [...missing], not_after: notAfter === null ? null : instant(notAfter * 1000) }
}

export function healthRoutes(server: Server, { health }: Pick<Services, 'health'>): void {
  server.get(
    '/healthz',
    { schema: { tags: ['operation'], summary: 'Alive', response: { 200: HealthResponse } } },
    async () => ({ status: 'ok' as const }),
  )

  server.get(
    '/readyz',
    {
      schema: {
        tags: ['operation'],
        summary: 'Ready: every dependency does its work',
        response: { 200: ReadinessResponse, 503: ReadinessResponse },
      },
    },
    async (_request, reply) => {
      const { ok, checks, endorsements } = await health.ready()
      return reply.code(ok ? 200 : 503).send({
        status: ok ? 'ok' : 'unavailable',
        checks,
        ...(endorsements && { endorsements: wireEndorsements(endorsements) }),
      })
    },
  )
}
