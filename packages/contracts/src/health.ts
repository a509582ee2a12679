/** `GET /healthz` and `GET /readyz` (requirement H2). */
import { type Static, Type } from 'typebox'
import { Closed, OneOf } from './encoding.ts'

/** The process answers; nothing else is asked. */
export const HealthResponse = Closed({ status: Type.Literal('ok') }, { title: 'Liveness' })
export type HealthResponse = Static<typeof HealthResponse>

/** Whether every dependency does its work. */
export const ReadinessResponse = Closed(
  {
    status: OneOf(['ok', 'unavailable']),
    checks: Type.Record(Type.String(), Type.String(), {
      description: 'Per dependency `ok`, or what is wrong with it.',
      examples: [{ storage: 'ok', collector: 'ok', log: 'ok' }],
    }),
  },
  { title: 'Readiness' },
)
export type ReadinessResponse = Static<typeof ReadinessResponse>
