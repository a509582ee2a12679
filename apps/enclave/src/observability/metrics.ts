/**
 * What Prometheus reads (requirement H1). The instruments live in a registry of their own and are handed out as small
 * functions, so that the domain knows no metrics library and chooses no label.
 */
import { Registry } from 'prom-client'
import { type MetricSources, registerGauges } from './gauges.ts'
import { createInstruments } from './instruments.ts'
import { kept } from './kept.ts'
import { RecentDurations } from './recent-durations.ts'

type CryptoOperation = 'encrypt' | 'decrypt' | 'sign' | 'verify' | 'wrap' | 'unwrap'
type Outcome = 'ok' | 'error'

export interface Metrics {
  /** `route` is the pattern, or `unmatched`. */
  httpRequest(method: string, route: string, status: number, seconds: number): void
  /** One request refused for what its caller may do: 401, 403, 429. */
  accessRefused(code: string): void
  /** Counts one call into the TEE: `quote`, `seal`, `unseal`. */
  tee<Result>(operation: string, run: () => Promise<Result>): Promise<Result>
  /** Times one cryptographic operation and counts its failure. */
  crypto<Result>(operation: CryptoOperation, run: () => Result): Result
  /** Times one operation of the enclave as a caller sees it: `submit`, `measure`, `issue`, … */
  operation<Result>(operation: string, run: () => Promise<Result>): Promise<Result>
  ttlCleanup(sessions: number): void
  collectionPoll(venue: string, outcome: Outcome): void
  collectedEvents(venue: string, fills: number, flows: number): void
  logAppended(entries: number): void
  /** Called once, when the parts that are read exist. */
  sources(sources: MetricSources): void
  /** The exposition text and its content type. */
  exposition(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** `stopwatch` counts seconds from any start and never goes back. */
export function createMetrics(stopwatch: () => number = () => performance.now() / 1000): Metrics {
  const registry = new Registry()
  const instruments = createInstruments(registry)
  const recent = new RecentDurations(1024)
  let sources: MetricSources = {}
  registerGauges(registry, () => sources, recent)

  return {
    httpRequest(method, route, status, seconds) {
      const labels = { method, route, status: String(status) }
      instruments.requests.inc(labels)
      instruments.requestSeconds.observe(labels, seconds)
    },
    accessRefused(code) {
      instruments.refused.inc({ code })
    },
    async tee(operation, run) {
      let outcome: Outcome = 'error'
      try {
        const result = await run()
        outcome = 'ok'
        return result
      } finally {
        instruments.tee.inc({ operation, outcome })
        instruments.teeAlias.inc({ operation, outcome })
      }
    },
    crypto(operation, run) {
      const started = stopwatch()
      try {
        return run()
      } catch (error) {
        instruments.cryptoErrors.inc({ operation })
        throw error
      } finally {
        const seconds = stopwatch() - started
        instruments.cryptoSeconds.observe({ operation }, seconds)
        recent.add(seconds)
      }
    },
    async operation(operation, run) {
      const started = stopwatch()
      let outcome: Outcome = 'error'
      try {
        const result = await run()
        outcome = 'ok'
        return result
      } finally {
        instruments.operationSeconds.observe({ operation, outcome }, stopwatch() - started)
      }
    },
    ttlCleanup(sessions) {
      instruments.cleanups.inc(sessions)
    },
    collectionPoll(venue, outcome) {
      instruments.polls.inc({ venue, outcome })
    },
    collectedEvents(venue, fills, flows) {
      instruments.events.inc({ venue, kind: 'fill' }, fills)
      instruments.events.inc({ venue, kind: 'flow' }, flows)
    },
    logAppended(entries) {
      instruments.appended.inc(entries)
    },
    sources({ activeSessions, sessionsByState, logSize, endorsements }) {
      sources = {
        ...(activeSessions && { activeSessions: kept(activeSessions, stopwatch) }),
        ...(sessionsByState && { sessionsByState: kept(sessionsByState, stopwatch) }),
        ...(logSize && { logSize: kept(logSize, stopwatch) }),
        ...(endorsements && { endorsements }),
      }
    },
    async exposition() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}
