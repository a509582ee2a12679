/**
 * The wiring: the only file that builds adapters and hands them to the domain. What it exports is the service, and what
 * an operator does beside it: migrate a server's database, make tokens.
 */
import { randomFillSync, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { encodeHex, formatVkey, parseNote, parseTreeHead } from '@perf-aggregator/protocol'
import { pino } from 'pino'
import { Aggregation } from './aggregation/aggregation.ts'
import { Prices } from './aggregation/prices.ts'
import { EnclaveAttestation } from './attestation/identity.ts'
import { beginKeyEpoch } from './attestation/key-epoch.ts'
import { KeySuccession } from './attestation/key-succession.ts'
import { CertificateEvidence } from './certificates/evidence.ts'
import { Certificates } from './certificates/issue.ts'
import { openSigningKeys } from './certificates/signing-keys.ts'
import { statementSigner } from './certificates/statement-signer.ts'
import { EventVault } from './collection/event-vault.ts'
import { endLeases } from './collection/lease.ts'
import { Poller } from './collection/poller.ts'
import { countByStatus } from './collection/read.ts'
import { DEFAULT_PACE, type Pace } from './collection/schedule.ts'
import { discoverSandbox } from './collector/discover-sandbox.ts'
import { refuseDebugging } from './collector/hardening.ts'
import { type CollectorProcess, startCollector } from './collector/process.ts'
import type { Configuration } from './configuration.ts'
import { CollectedEndorsements } from './endorsements/collected.ts'
import { EndorsedAttester } from './endorsements/endorsed-attester.ts'
import { endorsementFolder } from './endorsements/folder.ts'
import { tellEndorsements } from './endorsements/tell.ts'
import { lookPatiently, watchEndorsements } from './endorsements/watch.ts'
import { createHealth } from './health/readiness.ts'
import { buildServer } from './http/server.ts'
import type { Services } from './http/services.ts'
import { createRateLimiter } from './limits/rate-limiter.ts'
import { fileHeadWitness } from './log/head-file.ts'
import { databaseLogStore } from './log/log-store.ts'
import { Sequencer } from './log/sequencer.ts'
import { keyObjectLogSigner } from './log/signer.ts'
import { createLogger, type Logger } from './observability/logger.ts'
import { createMetrics, type Metrics } from './observability/metrics.ts'
import { countedRecords, timedSigner, timedVault } from './observability/timed.ts'
import type { Clock } from './ports/clock.ts'
import type { Random } from './ports/random.ts'
import { RecordVault } from './records/record-vault.ts'
import { createRecords } from './records/records.ts'
import { measureRelease, OWN_ROOT } from './release/measure.ts'
import { BRANCHES, type MasterKey, openMasterKey } from './sealing/master-key.ts'
import { attachStored } from './sessions/attach.ts'
import { startExpiry } from './sessions/expire.ts'
import { EndedSessions, startForgetting } from './sessions/forget-ended.ts'
import { liveSession } from './sessions/live-session.ts'
import { NonceClaims } from './sessions/nonce-claims.ts'
import type { SessionParts } from './sessions/parts.ts'
import { subjectPseudonym } from './sessions/pseudonym.ts'
import { SessionVault } from './sessions/session-vault.ts'
import { createSessions } from './sessions/sessions.ts'
import { claimDatabase } from './store/identity.ts'
import { openStore, type Store } from './store/open.ts'
import type { Machine } from './tee/machine.ts'
import { SIMULATOR_NOTICE, selectTee, type Tee } from './tee/select.ts'
import { administerTokens, createTokens, type TokenAdministration } from './tokens/tokens.ts'

export { type Configuration, readConfiguration } from './configuration.ts'
export { EnclaveError } from './errors.ts'
export { migrateServer } from './store/open.ts'

export interface RunningEnclave {
  readonly url: string
  /** Release digest, hex. */
  readonly release: string
  readonly keyEpoch: number
  stop(): Promise<void>
}

export interface EnclaveOptions {
  /** Told what an operator must know before anything else: a simulator, a database that does not flush. */
  readonly notice: (line: string) => void
  readonly pace?: Pace
  /** The machine's, when left out. The collector child has its own. */
  readonly clock?: Clock
  /** Another machine than this one, and the program of a collector that runs on it too: tests have no TEE. */
  readonly stage?: { readonly machine: Machine; readonly collector: URL }
}

// oxlint-disable-next-line no-restricted-properties -- this is the Clock port's one implementation
const systemClock: Clock = { now: () => Date.now() }
// With a buffer of its own: small arrays otherwise lie on the JavaScript heap, where the collector of garbage copies them.
const random: Random = { bytes: (length) => randomFillSync(new Uint8Array(new ArrayBuffer(length))) }

/** Starts the whole service and returns when it answers. Rejects with the `EnclaveError` of what is missing. */
export async function startEnclave(configuration: Configuration, options: EnclaveOptions): Promise<RunningEnclave> {
  refuseDebugging(process.execArgv, process.env['NODE_OPTIONS'])
  // Node answers this signal by opening its debugger to everybody on the machine; a listener of ours takes that away.
  process.on('SIGUSR1', () => {})
  const { pace = DEFAULT_PACE, clock = systemClock } = options
  // Standard output belongs to whoever started the service; lines go to standard error.
  const logger = createLogger({ clock, level: configuration.logLevel, destination: pino.destination(2) })
  const metrics = createMetrics()
  const stops: (() => unknown)[] = []
  // In order, and to the end: a part that fails to stop must not keep the collector, or the database's lock, alive.
  const stop = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const end of stops.splice(0).toReversed()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'the enclave stopped, and not everything did so cleanly')
  }
  try {
    const foundation = await lay(configuration, options, clock, logger)
    stops.push(
      () => foundation.store.close(),
      () => foundation.collector.stop(),
    )
    const house = await build(configuration, foundation, { pace, clock, logger, metrics })
    stops.push(...house.stops)
    const server = await buildServer({ services: house.services, random, configuration, logger, metrics })
    await server.listen({ host: configuration.host, port: configuration.port })
    stops.push(() => server.close())
    const { port } = server.server.address() as AddressInfo
    const { release } = foundation
    logger.info('started', { port, release: encodeHex(release), keyEpoch: house.keyEpoch() })
    const host = configuration.host.includes(':') ? `[${configuration.host}]` : configuration.host
    return { url: `http://${host}:${port}`, release: encodeHex(release), keyEpoch: house.keyEpoch(), stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

/** Runs `work` on the tokens of the enclave of `configuration`, beside it or while it is stopped. */
export async function manageTokens<T>(
  configuration: Configuration,
  work: (tokens: TokenAdministration) => Promise<T>,
): Promise<T> {
  const { masterKey } = await openTrust(configuration, systemClock)
  const store = await openStore(storeLocation(configuration))
  try {
    await claimDatabase(store.db, masterKey)
    return await work(
      administerTokens({ db: store.db, branch: masterKey.branch('tokens'), clock: systemClock, random }),
    )
  } finally {
    await store.close()
  }
}

/** What everything stands on. */
interface Foundation {
  readonly tee: Tee
  readonly release: Uint8Array
  readonly masterKey: MasterKey
  readonly store: Store
  readonly collector: CollectorProcess
}

async function lay(
  configuration: Configuration,
  { notice, stage }: EnclaveOptions,
  clock: Clock,
  logger: Logger,
): Promise<Foundation> {
  const { tee, release, masterKey } = await openTrust(configuration, clock, stage?.machine)
  if (tee.simulated) notice(SIMULATOR_NOTICE)
  const { dataDirectory, sandboxUrl, kms } = configuration
  const sandbox = sandboxUrl === null ? null : await discoverSandbox(sandboxUrl)
  if (sandbox !== null) notice('SANDBOX: local venues, no real accounts')
  // Side by side: the child loads its venues on another core while the database opens here.
  const [started, opened] = await Promise.allSettled([
    startCollector({
      dataDirectory,
      // What was found here, so that the child does not look for itself.
      tee: tee.family,
      kms,
      release,
      sandbox,
      ...(stage && { entry: stage.collector }),
    }),
    openStore(storeLocation(configuration)),
  ])
  try {
    if (opened.status === 'rejected') throw opened.reason
    if (started.status === 'rejected') throw started.reason
    const { value: store } = opened
    const { value: collector } = started
    if (store.notice !== null) notice(store.notice)
    await claimDatabase(store.db, masterKey)
    const { undumpable } = await collector.hardening()
    if (!undumpable) logger.warn('collector_dumpable', { part: 'collector' })
    return { tee, release, masterKey, store, collector }
  } catch (error) {
    if (started.status === 'fulfilled') await started.value.stop()
    if (opened.status === 'fulfilled') await opened.value.close()
    throw error
  }
}

async function openTrust(
  configuration: Configuration,
  clock: Clock,
  machine?: Machine,
): Promise<{ readonly tee: Tee; readonly release: Uint8Array; readonly masterKey: MasterKey }> {
  const { dataDirectory, kms } = configuration
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const { digest: release } = await measureRelease({ root: OWN_ROOT, node: process.execPath })
  const tee = await selectTee(configuration.tee, { dataDirectory, release, kms, clock, random }, machine)
  // Everything but `credentials`: only the collector derives that branch.
  const branches = BRANCHES.filter((name) => name !== 'credentials')
  return { tee, release, masterKey: await openMasterKey(dataDirectory, tee.rootOfTrust, random, branches) }
}

function storeLocation({ databaseUrl, dataDirectory }: Configuration): Parameters<typeof openStore>[0] {
  return databaseUrl === null ? { kind: 'pglite', dataDirectory } : { kind: 'postgresql', url: databaseUrl }
}

interface BuildTools {
  readonly pace: Pace
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

async function build(
  configuration: Configuration,
  { tee, release, masterKey, store, collector }: Foundation,
  { pace, clock, logger, metrics }: BuildTools,
): Promise<{ readonly services: Services; readonly keyEpoch: () => number; readonly stops: (() => unknown)[] }> {
  const { db } = store
  const { logOrigin } = configuration
  const signingKeys = await openSigningKeys(db, masterKey.branch('signing'), random)
  const signer = timedSigner(
    statementSigner({ ed25519: signingKeys['result-ed25519'], mlDsa65: signingKeys['result-mldsa65'] }),
    metrics,
  )

  const endorsements = tellEndorsements(logger)
  const { endorsementsDirectory } = configuration
  const collected = new CollectedEndorsements(
    endorsementsDirectory === null ? null : endorsementFolder(endorsementsDirectory),
    {
      refused: endorsements.refused,
      changed: (files) => {
        endorsements.changed(files)
        // Certificates carry evidence with what verifies it: the next one is to carry what is there now.
        evidence.renew()
      },
    },
  )
  const attestation = new EnclaveAttestation({
    // A simulator's evidence holds its own root and is verified by nothing else.
    attester: tee.simulated ? tee.attester : new EndorsedAttester(tee.attester, collected, endorsements.failed),
    clock,
    identity: {
      signEd25519: signer.publicKeys.ed25519,
      signMlDsa65: signer.publicKeys.mlDsa65,
      tlsKeySha256: new Uint8Array(0),
      release,
      logOrigin,
    },
  })
  const evidence = new CertificateEvidence(attestation, clock, random)
  if (!tee.simulated) await lookPatiently(collected)
  const succession = new KeySuccession({
    begin: async (keys) =>
      await beginKeyEpoch(db, encodeHex(release), {
        ...keys,
        signEd25519: signer.publicKeys.ed25519,
        signMlDsa65: signer.publicKeys.mlDsa65,
      }),
    use: (keys, epoch) => {
      attestation.useKeys(keys, epoch)
      if (keys === null) {
        logger.warn('collector_lost', { part: 'collector' })
        return
      }
      evidence.renew()
      logger.info('key_epoch_began', { keyEpoch: epoch })
    },
    failed: (error) => logger.error('key_epoch_failed', {}, error),
  })
  collector.follow(succession)
  await succession.start(await collector.keys())

  const logSigner = keyObjectLogSigner(logOrigin, {
    ed25519: signingKeys['log-ed25519'],
    mlDsa44: signingKeys['log-mldsa44'],
  })
  const log = new Sequencer({
    store: databaseLogStore(db, logOrigin),
    witness: fileHeadWitness(join(configuration.dataDirectory, 'log-head')),
    signer: logSigner,
    clock,
  })
  await log.start()

  const eventVault = new EventVault(masterKey.branch('events'), random)
  const sessionVault = new SessionVault(masterKey.branch('sessions'), random)
  const aggregation = new Aggregation({ db, vault: eventVault, prices: new Prices(collector, clock) })
  const pseudonyms = masterKey.branch('pseudonyms')
  const certificates = new Certificates({
    db,
    clock,
    branch: masterKey.branch('certificates'),
    measure: async (sessions, currency) => await aggregation.measure(sessions, currency),
    signer,
    append: async (leaf) => {
      const appended = await log.append(leaf)
      metrics.logAppended(1)
      return appended
    },
    identity: async () => {
      const { keyEpoch, evidence: made } = await evidence.current()
      const vkeys = [formatVkey(logSigner.ed25519.key), formatVkey(logSigner.mlDsa44.key)] as const
      return { issuer: { logOrigin, vkeys, keyEpoch, release: encodeHex(release) }, evidence: made }
    },
    subject: (accounts) => subjectPseudonym(pseudonyms, accounts),
  })
  const finished = await certificates.finishDrafts()
  if (finished > 0) logger.info('certificates_finished', { count: finished })

  const sessionParts: SessionParts = {
    db,
    vault: sessionVault,
    collector,
    clock,
    random,
    nonces: new NonceClaims(),
    pseudonyms,
    keyEpoch: () => attestation.keyEpoch,
    maxTtlSeconds: configuration.maxTtlSeconds,
    abandoned: new Set(),
  }
  const sessions = createSessions(sessionParts)
  const poller = new Poller({
    db,
    vault: eventVault,
    collector,
    session: async (key) => await liveSession(sessionParts, key),
    attach: async (session) => await attachStored(sessionParts, session),
    clock,
    pace,
    owner: randomUUID(),
    events: {
      page: (venue, fills, flows) => {
        metrics.collectionPoll(venue, 'ok')
        metrics.collectedEvents(venue, fills, flows)
      },
      failed: (venue, code) => {
        metrics.collectionPoll(venue, 'error')
        logger.warn('collection_failed', { part: 'collection', venue, code })
      },
      fault: (error) => logger.error('collection_fault', { part: 'collection' }, error),
    },
  })
  // The last thing that may fail: what starts from here on would outlive a start that does not.
  if (store.kind === 'pglite') await endLeases(db)
  const expiry = startExpiry(sessionParts, {
    done: ({ sessions: ended }) => {
      metrics.ttlCleanup(ended)
      if (ended > 0) aggregation.forgetAll()
    },
    failed: (error) => logger.error('clean_up_failed', {}, error),
  })
  const ended = new EndedSessions(sessionParts, (key) => aggregation.forget(key))
  const forgetting = startForgetting(ended, (error) => logger.error('forgetting_failed', {}, error))
  poller.start()
  const watch = tee.simulated
    ? null
    : watchEndorsements({
        collected,
        clock,
        prompt: async () => await evidence.current(),
        tell: endorsements.tell,
        failed: endorsements.failed,
      })

  const recordVault = timedVault(new RecordVault(masterKey.branch('records'), random), metrics)
  const services: Services = {
    attestation: { quote: async (nonce) => await metrics.tee('quote', async () => await attestation.quote(nonce)) },
    sessions: {
      ...sessions,
      submit: async (submission, context) => {
        const submitted = await sessions.submit(submission, context)
        poller.wake()
        return submitted
      },
      revoke: async (session, context) => {
        const purged = await sessions.revoke(session, context)
        aggregation.forget(session.key)
        return purged
      },
    },
    performance: aggregation,
    certificates,
    log,
    records: countedRecords(createRecords({ db, vault: recordVault, clock, random }), metrics),
    tokens: createTokens({ db, branch: masterKey.branch('tokens'), clock }),
    health: createHealth(
      {
        database: async () => await store.ping(),
        collector: async () => await collector.keys(),
        attestation: async () => await evidence.current(),
        log: async () => await log.checkpoint(),
      },
      () => watch?.report() ?? null,
    ),
    limiter: createRateLimiter({ db, branch: masterKey.branch('addresses'), clock, ...configuration.rateLimit }),
  }
  metrics.sources({
    activeSessions: async () => {
      const row = await db
        .selectFrom('sessions')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .where('status', '=', 'active')
        .executeTakeFirstOrThrow()
      return Number(row.count)
    },
    sessionsByState: async () => await countByStatus(db, eventVault),
    logSize: async () => parseTreeHead(parseNote(await log.checkpoint()).text).size,
    endorsements: () => {
      const report = watch?.report()
      if (!report) return null
      const { missing, notAfter } = report
      return { missing, secondsLeft: notAfter === null ? null : notAfter - Math.floor(clock.now() / 1000) }
    },
  })
  return {
    services,
    keyEpoch: () => attestation.keyEpoch,
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
