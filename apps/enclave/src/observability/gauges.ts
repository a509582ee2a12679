/** What is read from its owner at every scrape rather than counted. */
import { Gauge, type Registry } from 'prom-client'
import type { RecentDurations } from './recent-durations.ts'

type CollectionState = 'collecting' | 'up_to_date' | 'venue_unavailable' | 'key_refused'

const STATES: readonly CollectionState[] = ['collecting', 'up_to_date', 'venue_unavailable', 'key_refused']

/** A source that fails makes its figure `NaN`, never the scrape fail: a dependency that is down is when it is looked at. */
export interface MetricSources {
  readonly activeSessions?: () => Promise<number>
  readonly sessionsByState?: () => Promise<Readonly<Record<CollectionState, number>>>
  readonly logSize?: () => Promise<number>
  /** Null before there is anything to say. */
  readonly endorsements?: () => { readonly missing: readonly string[]; readonly secondsLeft: number | null } | null
}

/** Registers the gauges. `sources` is asked for anew at every scrape. */
export function registerGauges(registry: Registry, sources: () => MetricSources, recent: RecentDurations): void {
  const registers: Registry[] = []
  const gauges = [
    new Gauge({
      name: 'p99_latency',
      help: 'Seconds: 99th percentile of the last 1,024 cryptographic operations; NaN before the first',
      registers,
      collect() {
        this.set(recent.percentile(0.99))
      },
    }),
    new Gauge({
      name: 'active_sessions',
      help: 'Sessions that live now',
      registers,
      async collect() {
        this.set((await read(sources().activeSessions)) ?? Number.NaN)
      },
    }),
    new Gauge({
      name: 'log_size',
      help: 'Entries in the newest published checkpoint',
      registers,
      async collect() {
        this.set((await read(sources().logSize)) ?? Number.NaN)
      },
    }),
  ]
  for (const gauge of gauges) registry.registerMetric(gauge)
  registry.registerMetric(
    new Gauge({
      name: 'endorsements_missing',
      help: 'Kinds of endorsements without which clients refuse this enclave; NaN before the first evidence, and on a simulator',
      registers,
      collect() {
        this.set(sources().endorsements?.()?.missing.length ?? Number.NaN)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'endorsements_left_seconds',
      help: 'Seconds until the first of the endorsements at hand ends, below zero after; NaN where there is none',
      registers,
      collect() {
        this.set(sources().endorsements?.()?.secondsLeft ?? Number.NaN)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'collection_sessions',
      help: 'Live sessions by how far their collection is',
      labelNames: ['state'],
      registers,
      async collect() {
        const counts = await read(sources().sessionsByState)
        for (const state of STATES) this.set({ state }, counts?.[state] ?? Number.NaN)
      },
    }),
  )
}

async function read<Value>(source: (() => Promise<Value>) | undefined): Promise<Value | undefined> {
  try {
    return await source?.()
  } catch {
    return undefined
  }
}
