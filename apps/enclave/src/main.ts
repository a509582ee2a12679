/**
 * The service, from its start to its stop: a table of contents. What a line here opens is put together in the file of
 * its name in `wiring/`, the only folder that builds adapters and hands them to the domain. What is exported is the
 * service, and what an operator does beside it: migrate a server's database, make tokens.
 */
import type { AddressInfo } from 'node:net'
import { encodeHex } from '@perf-aggregator/protocol'
import { Aggregation } from './aggregation/aggregation.ts'
import { Prices } from './aggregation/prices.ts'
import { openSigningKeys } from './certificates/signing-keys.ts'
import { statementSigner } from './certificates/statement-signer.ts'
import { EventVault } from './collection/event-vault.ts'
import { endLeases } from './collection/lease.ts'
import { DEFAULT_PACE, type Pace } from './collection/schedule.ts'
import { refuseDebugging } from './collector/hardening.ts'
import type { Configuration } from './configuration.ts'
import { buildServer } from './http/server.ts'
import type { Services } from './http/services.ts'
import { timedSigner } from './observability/timed.ts'
import type { Clock } from './ports/clock.ts'
import { openCertificates } from './wiring/certificates.ts'
import { pollerOf } from './wiring/collection.ts'
import { openEvidence } from './wiring/evidence.ts'
import { type Foundation, layFoundation, type Surroundings } from './wiring/foundation.ts'
import { feedGauges } from './wiring/gauges.ts'
import { followCollector } from './wiring/key-succession.ts'
import { openLog } from './wiring/log.ts'
import { servicesOf } from './wiring/services.ts'
import { serveSessions, sessionPartsOf, startEnding } from './wiring/sessions.ts'
import { Stops } from './wiring/stops.ts'
import { layOutTools, systemClock, type Tools } from './wiring/tools.ts'

export { type Configuration, readConfiguration } from './configuration.ts'
export { EnclaveError } from './errors.ts'
export { migrateServer } from './store/open.ts'
export { manageTokens } from './wiring/tokens.ts'

export interface RunningEnclave {
  readonly url: string
  /** Release digest, hex. */
  readonly release: string
  readonly keyEpoch: number
  stop(): Promise<void>
}

export interface EnclaveOptions extends Surroundings {
  readonly pace?: Pace
  /** The machine's, when left out. The collector child has its own. */
  readonly clock?: Clock
}

/** Starts the whole service and returns when it answers. Rejects with the `EnclaveError` of what is missing. */
export async function startEnclave(configuration: Configuration, options: EnclaveOptions): Promise<RunningEnclave> {
  refuseDebugging(process.execArgv, process.env['NODE_OPTIONS'])
  // Node answers this signal by opening its debugger to everybody on the machine; a listener of ours takes that away.
  process.on('SIGUSR1', () => {})
  const { pace = DEFAULT_PACE, clock = systemClock } = options
  const tools = layOutTools(configuration, clock)
  const { random, logger, metrics } = tools
  const stops = new Stops()
  try {
    const foundation = await layFoundation(configuration, options, tools)
    stops.add(
      () => foundation.store.close(),
      () => foundation.collector.stop(),
    )
    const house = await build(configuration, foundation, pace, tools)
    stops.add(...house.stops)
    const server = await buildServer({ services: house.services, clock, random, configuration, logger, metrics })
    await server.listen({ host: configuration.host, port: configuration.port })
    stops.add(() => server.close())
    const { port } = server.server.address() as AddressInfo
    const { release } = foundation
    logger.info('started', { port, release: encodeHex(release), keyEpoch: house.keyEpoch() })
    const host = configuration.host.includes(':') ? `[${configuration.host}]` : configuration.host
    return { url: `http://${host}:${port}`, release: encodeHex(release), keyEpoch: house.keyEpoch(), stop: stops.stop }
  } catch (error) {
    await stops.stop().catch(() => {})
    throw error
  }
}

interface House {
  readonly services: Services
  readonly keyEpoch: () => number
  /** From the last to the first. */
  readonly stops: readonly (() => unknown)[]
}

/** Part upon part, each on those before it. */
async function build(configuration: Configuration, foundation: Foundation, pace: Pace, tools: Tools): Promise<House> {
  const { masterKey, store, collector } = foundation
  const { db } = store
  const { clock, random, metrics } = tools

  const signingKeys = await openSigningKeys(db, masterKey.branch('signing'), random)
  const signer = timedSigner(
    statementSigner({ ed25519: signingKeys['result-ed25519'], mlDsa65: signingKeys['result-mldsa65'] }),
    metrics,
  )
  const { attestation, evidence, beginWatch } = await openEvidence(configuration, foundation, signer, tools)
  const keyEpoch = (): number => attestation.keyEpoch
  const succession = await followCollector(foundation, { attestation, evidence }, signer, tools)
  const { log, logSigner } = await openLog(configuration, foundation, signingKeys, tools)

  const eventVault = new EventVault(masterKey.branch('events'), random)
  const aggregation = new Aggregation({ db, vault: eventVault, prices: new Prices(collector, clock) })
  const issuing = { aggregation, signer, evidence, log, logSigner }
  const certificates = await openCertificates(configuration, foundation, issuing, tools)

  const sessionParts = sessionPartsOf(configuration, foundation, keyEpoch, tools)
  const poller = pollerOf(sessionParts, eventVault, pace, tools)
  const sessions = serveSessions(sessionParts, poller, aggregation)
  // The last thing that may fail: what starts from here on would outlive a start that does not.
  if (store.kind === 'pglite') await endLeases(db)
  const { expiry, forgetting } = startEnding(sessionParts, aggregation, tools)
  poller.start()
  const watch = beginWatch()

  const opened = { attestation, evidence, watch, sessions, performance: aggregation, certificates, log }
  const services = servicesOf(configuration, foundation, opened, tools)
  feedGauges({ db, eventVault, log, watch }, tools)
  return {
    services,
    keyEpoch,
    stops: [
      () => succession.stop(),
      () => log.idle(),
      // A pass may be waiting for a venue that does not answer; with the collector gone it waits no longer.
      async () => await Promise.all([poller.stop(), collector.stop()]),
      () => expiry.stop(),
      () => forgetting.stop(),
      () => watch?.stop(),
    ],
  }
}
