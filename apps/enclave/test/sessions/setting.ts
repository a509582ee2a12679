/** A session service over a test database, a fake collector and a clock that stands still. */
import { createSecretKey, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { RequestContext, SessionService } from '../../src/http/services.ts'
import type { SealedSubmission } from '../../src/ports/collector.ts'
import { NonceClaims } from '../../src/sessions/nonce-claims.ts'
import type { SessionParts } from '../../src/sessions/parts.ts'
import { SessionVault } from '../../src/sessions/session-vault.ts'
import { createSessions } from '../../src/sessions/sessions.ts'
import type { Database } from '../../src/store/tables.ts'
import { TestClock } from '../clock.ts'
import { random } from '../random.ts'
import { FakeCollector, type FakePlaintext } from './fake-collector.ts'

export interface Setting {
  readonly sessions: SessionService
  readonly parts: SessionParts
  readonly collector: FakeCollector
  readonly clock: TestClock
}

export function setting(db: Kysely<Database>): Setting {
  const collector = new FakeCollector()
  const clock = new TestClock()
  const parts: SessionParts = {
    db,
    collector,
    clock,
    random,
    vault: new SessionVault(createSecretKey(randomBytes(32)), random),
    nonces: new NonceClaims(),
    pseudonyms: createSecretKey(randomBytes(32)),
    keyEpoch: () => 3,
    maxTtlSeconds: 604_800,
    abandoned: new Set(),
  }
  return { sessions: createSessions(parts), parts, collector, clock }
}

export function submission(plaintext: FakePlaintext = {}, change: Partial<SealedSubmission> = {}): SealedSubmission {
  return {
    suite: 'x25519',
    encapsulatedKey: randomBytes(32),
    nonce: randomBytes(12),
    sealed: Buffer.from(`${JSON.stringify(plaintext)}${' '.repeat(32)}`),
    metadata: { exchange: 'binance', label: 'main', ttl: 86_400 },
    ...change,
  }
}

export const context: RequestContext = {
  requestId: 'request-1',
  method: 'POST',
  path: '/enclave/submit_key',
  proof: null,
}
