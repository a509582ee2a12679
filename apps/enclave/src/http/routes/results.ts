/** `GET /enclave/summary/{session_id}` and `GET /enclave/metrics/{session_id}` (C5). */
import {
  type Collection,
  type Headline,
  MetricsResponse,
  SessionParameters,
  SummaryResponse,
} from '@perf-aggregator/contracts'
import type { DayValue, Performance } from '@perf-aggregator/performance'
import { EnclaveError } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { contextOf } from '../request-context.ts'
import type { Server } from '../server-type.ts'
import type { CollectionStatus, Services, Session } from '../services.ts'
import { instant, verbatim } from '../wire.ts'
import { REFUSALS } from './refusals.ts'

export function resultRoutes(
  server: Server,
  { sessions, performance }: Pick<Services, 'sessions' | 'performance'>,
  metrics: Metrics,
): void {
  /** While the history is not complete enough there is a collection to show, and no figures yet. */
  async function measured(session: Session): Promise<{ performance: Performance; days: readonly DayValue[] } | null> {
    try {
      return await metrics.operation('measure', () => performance.current(session))
    } catch (error) {
      if (error instanceof EnclaveError && error.code === 'collection_incomplete') return null
      throw error
    }
  }

  server.get(
    '/enclave/summary/:session_id',
    {
      schema: {
        tags: ['results'],
        summary: 'The state of a session and its headline figures',
        security: [{}, { proof: [] }],
        params: SessionParameters,
        response: { 200: SummaryResponse, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const session = await sessions.authorise(request.params.session_id, contextOf(request))
      const status = await performance.status(session)
      const measurement = await measured(session)
      return reply.serializer(verbatim).send({
        exchange: session.venue,
        label: session.label,
        account: session.account,
        expires_at: instant(session.expiresAt),
        collection: collectionOf(status),
        period: measurement?.performance.period ?? null,
        headline: measurement === null ? null : headlineOf(measurement.performance),
      })
    },
  )

  server.get(
    '/enclave/metrics/:session_id',
    {
      schema: {
        tags: ['results'],
        summary: 'Every figure of a session, with the daily values behind them',
        security: [{}, { proof: [] }],
        params: SessionParameters,
        response: { 200: MetricsResponse, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const session = await sessions.authorise(request.params.session_id, contextOf(request))
      const status = await performance.status(session)
      const measurement = await measured(session)
      return reply.serializer(verbatim).send({
        collection: collectionOf(status),
        performance: measurement?.performance ?? null,
        days: measurement?.days ?? [],
      })
    },
  )
}

/** Balances stay inside: a summary is about how far the collection is. */
function collectionOf(status: CollectionStatus): Collection {
  return {
    state: status.state,
    fills: status.fills,
    flows: status.flows,
    duplicates: status.duplicates,
    conflicts: status.conflicts,
    pages: status.pages,
    streams: { total: status.streams.total, caught_up: status.streams.caughtUp },
    gaps: status.gaps,
    last_poll_at: status.lastPollAt === null ? null : instant(status.lastPollAt),
    last_error: status.lastError,
  }
}

function headlineOf({ reportingCurrency, closing, total }: Performance): Headline {
  return {
    reportingCurrency,
    closing,
    fills: total.fills,
    volume: total.volume,
    fees: total.fees,
    realisedPnl: total.realisedPnl,
    unrealisedPnl: total.unrealisedPnl,
    lotMatches: total.lotMatches,
    roundTrips: total.roundTrips,
    timeWeightedReturn: total.timeWeightedReturn,
    volatility: total.volatility,
    sharpe: total.sharpe,
    maxDrawdown: total.maxDrawdown,
  }
}
