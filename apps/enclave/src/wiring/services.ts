/** What the routes ask: the domain, with what callers do counted and limited. */
import type { EnclaveAttestation } from '../attestation/identity.ts'
import type { CertificateEvidence } from '../certificates/evidence.ts'
import type { Configuration } from '../configuration.ts'
import type { EndorsementWatch } from '../endorsements/watch.ts'
import { createHealth } from '../health/readiness.ts'
import type { Services } from '../http/services.ts'
import { createRateLimiter } from '../limits/rate-limiter.ts'
import { countedRecords, timedVault } from '../observability/timed.ts'
import { RecordVault } from '../records/record-vault.ts'
import { createRecords } from '../records/records.ts'
import { createTokens } from '../tokens/tokens.ts'
import type { Foundation } from './foundation.ts'
import type { Tools } from './tools.ts'

/** The parts that were opened one after the other. */
export interface Opened extends Pick<Services, 'sessions' | 'performance' | 'certificates' | 'log'> {
  readonly attestation: EnclaveAttestation
  readonly evidence: CertificateEvidence
  readonly watch: EndorsementWatch | null
}

export function servicesOf(
  { rateLimit }: Pick<Configuration, 'rateLimit'>,
  { masterKey, store, collector }: Foundation,
  { attestation, evidence, watch, sessions, performance, certificates, log }: Opened,
  { clock, random, metrics }: Tools,
): Services {
  const { db } = store
  const recordVault = timedVault(new RecordVault(masterKey.branch('records'), random), metrics)
  return {
    attestation: { quote: async (nonce) => await metrics.tee('quote', async () => await attestation.quote(nonce)) },
    sessions,
    performance,
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
    limiter: createRateLimiter({ db, branch: masterKey.branch('addresses'), clock, ...rateLimit }),
  }
}
