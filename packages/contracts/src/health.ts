/** `GET /healthz` and `GET /readyz` (requirement H2). */
import { type Static, Type } from 'typebox'
import { Closed, Instant, List, OneOf } from './encoding.ts'

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
    endorsements: Type.Optional(
      Closed(
        {
          state: OneOf(['complete', 'incomplete', 'ended', 'ending']),
          missing: List(Type.String({ examples: ['tcb-info'] }), { description: 'Kinds that clients will miss.' }),
          not_after: Type.Union([Instant({ description: 'When the first of those at hand ends.' }), Type.Null()]),
        },
        {
          description:
            'What verifies the evidence of this hardware, as it goes out with it. No part of the status: clients that have their own accept the enclave all the same.',
        },
      ),
    ),
  },
  { title: 'Readiness' },
)
export type ReadinessResponse = Static<typeof ReadinessResponse>
