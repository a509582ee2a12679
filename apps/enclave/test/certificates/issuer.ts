/** Everything `Certificates` stands on, with real keys, a real log and simulator evidence, over a database of a test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Performance } from '@perf-aggregator/performance'
import { encodeHex, formatVkey } from '@perf-aggregator/protocol'
import { samplePerformance } from '@perf-aggregator/testkit'
import type { Kysely } from 'kysely'
import type { Aggregates } from '../../src/aggregation/aggregation.ts'
import { EnclaveAttestation } from '../../src/attestation/identity.ts'
import { CertificateEvidence } from '../../src/certificates/evidence.ts'
import { Certificates } from '../../src/certificates/issue.ts'
import { openSigningKeys } from '../../src/certificates/signing-keys.ts'
import { statementSigner } from '../../src/certificates/statement-signer.ts'
import type { CollectionStatus, RequestContext, Session } from '../../src/http/services.ts'
import { fileHeadWitness } from '../../src/log/head-file.ts'
import { databaseLogStore } from '../../src/log/log-store.ts'
import { Sequencer } from '../../src/log/sequencer.ts'
import { keyObjectLogSigner } from '../../src/log/signer.ts'
import { openMasterKey } from '../../src/sealing/master-key.ts'
import type { Database } from '../../src/store/tables.ts'
import { SimulatorAttester } from '../../src/tee/simulator/attester.ts'
import { SimulatorRootOfTrust } from '../../src/tee/simulator/root-of-trust.ts'
import { TestClock } from '../clock.ts'
import { random } from '../random.ts'

const ORIGIN = 'log.example/perf'
const RELEASE = new Uint8Array(32).fill(5)

export const CONTEXT: RequestContext = { requestId: 'req-1', method: 'POST', path: '/', proof: null }

export const UP_TO_DATE: CollectionStatus = {
  state: 'up_to_date',
  fills: 3,
  flows: 1,
  duplicates: 0,
  conflicts: 0,
  pages: 2,
  streams: { total: 2, caughtUp: 2 },
  gaps: [],
  lastPollAt: 1,
  lastError: null,
  balances: null,
}

export interface Issuing {
  readonly clock: TestClock
  readonly release: string
  /** Certificates over `db`, as a new process would make them. */
  open(db: Kysely<Database>, measured?: Partial<Measured>): Promise<Certificates>
}

interface Measured {
  readonly performance: Performance
  readonly status: CollectionStatus
}

export async function issuing(t: Pick<TestContext, 'after'>): Promise<Issuing> {
  const directory = await mkdtemp(join(tmpdir(), 'issuing-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const clock = new TestClock()
  const attester = await SimulatorAttester.open(directory, RELEASE, { clock, random })
  const rootOfTrust = await SimulatorRootOfTrust.open(directory, RELEASE, random)
  const masterKey = await openMasterKey(directory, rootOfTrust, random, ['signing', 'certificates'])
  return {
    clock,
    release: encodeHex(RELEASE),
    async open(db, { performance = samplePerformance(), status = UP_TO_DATE } = {}) {
      const keys = await openSigningKeys(db, masterKey.branch('signing'), random)
      const signer = statementSigner({ ed25519: keys['result-ed25519'], mlDsa65: keys['result-mldsa65'] })
      const logSigner = keyObjectLogSigner(ORIGIN, { ed25519: keys['log-ed25519'], mlDsa44: keys['log-mldsa44'] })
      const witness = fileHeadWitness(join(directory, 'log-head'))
      const log = new Sequencer({ store: databaseLogStore(db, ORIGIN), witness, signer: logSigner, clock })
      const attestation = new EnclaveAttestation({
        attester,
        clock,
        identity: {
          signEd25519: signer.publicKeys.ed25519,
          signMlDsa65: signer.publicKeys.mlDsa65,
          tlsKeySha256: new Uint8Array(0),
          release: RELEASE,
          logOrigin: ORIGIN,
        },
      })
      attestation.useKeys({ hpkeX25519: random.bytes(32), hpkeXWing: random.bytes(1216) }, 7)
      const evidence = new CertificateEvidence(attestation, clock, random)
      return new Certificates({
        db,
        clock,
        branch: masterKey.branch('certificates'),
        signer,
        measure: async (sessions): Promise<Aggregates> => ({
          performance,
          days: [],
          statuses: new Map(sessions.map(({ key }) => [key, status])),
        }),
        append: async (leaf) => await log.append(leaf),
        identity: async () => {
          const current = await evidence.current()
          const vkeys = [formatVkey(logSigner.ed25519.key), formatVkey(logSigner.mlDsa44.key)] as const
          const issuer = { logOrigin: ORIGIN, vkeys, keyEpoch: current.keyEpoch, release: encodeHex(RELEASE) }
          return { issuer, evidence: current.evidence }
        },
        subject: (accounts) => `subject-${accounts.toSorted().join('-')}`,
      })
    },
  }
}

/** A live session in the database. */
export async function storedSession(db: Kysely<Database>, changes: Partial<Session> = {}): Promise<Session> {
  const key = encodeHex(random.bytes(32))
  const now = Date.now()
  const session: Session = {
    key,
    venue: 'binance',
    label: 'main',
    account: `account-${key.slice(0, 8)}`,
    userId: null,
    symbols: [],
    createdAt: now,
    expiresAt: now + 3_600_000,
    clientKey: null,
    ...changes,
  }
  await db
    .insertInto('sessions')
    .values({
      key,
      user_id: null,
      venue: session.venue,
      label: session.label,
      account: session.account,
      created_at: new Date(session.createdAt),
      expires_at: new Date(session.expiresAt),
      sealed: Buffer.from([1]),
    })
    .execute()
  return session
}
