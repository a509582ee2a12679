/** A collected account of one session, without a venue: events are ingested and balances committed by the test itself. */
import { createSecretKey } from 'node:crypto'
import type { AccountEvent } from '@perf-aggregator/performance'
import type { Kysely } from 'kysely'
import { Aggregation } from '../../src/aggregation/aggregation.ts'
import { Prices } from '../../src/aggregation/prices.ts'
import { EventVault } from '../../src/collection/event-vault.ts'
import { ingest } from '../../src/collection/ingest.ts'
import { claimDue, type Lease, writeUnderLease } from '../../src/collection/lease.ts'
import { type CollectionState, EMPTY_STATE } from '../../src/collection/state.ts'
import type { Session } from '../../src/http/services.ts'
import type { Database } from '../../src/store/tables.ts'
import { FakeCollector } from '../collection/fake-collector.ts'
import { random } from '../random.ts'

export const SESSION = 'ab'.repeat(32)
const NOW = 1_700_000_200_000

/** Says how many events were opened. */
export class CountingVault extends EventVault {
  opened = 0

  constructor() {
    super(createSecretKey(Buffer.alloc(32, 7)), random)
  }

  override open(...given: Parameters<EventVault['open']>): ReturnType<EventVault['open']> {
    this.opened += 1
    return super.open(...given)
  }
}

export class CollectedAccount {
  readonly session: Session
  state: CollectionState = EMPTY_STATE
  readonly #db: Kysely<Database>
  readonly #vault: EventVault
  readonly #lease: Lease

  constructor(db: Kysely<Database>, vault: EventVault, lease: Lease) {
    this.#db = db
    this.#vault = vault
    this.#lease = lease
    this.session = {
      key: lease.sessionKey,
      venue: 'binance',
      label: 'main',
      account: 'acct',
      userId: null,
      symbols: [],
      createdAt: NOW,
      expiresAt: NOW + 3_600_000,
      clientKey: null,
    }
  }

  /** Ingests `events` and commits the balances that make the session up to date. */
  async collect(...events: readonly AccountEvent[]): Promise<void> {
    const page = { stream: 'fills', events, cursor: { next: 0 }, more: false }
    this.state = await ingest(this.#db, this.#vault, this.#lease, this.state, page, NOW)
    const balances = [{ asset: 'BTC', total: '1' }]
    await this.commit({ balances: { account: 'acct', at: NOW * 1000, balances }, status: 'up_to_date' })
  }

  async commit(changes: Partial<CollectionState>): Promise<void> {
    this.state = { ...this.state, ...changes }
    await writeUnderLease(this.#db, this.#lease, this.#vault.sealState(this.#lease.sessionKey, this.state))
  }
}

export async function collectedAccount(
  db: Kysely<Database>,
  vault: EventVault,
  key = SESSION,
): Promise<CollectedAccount> {
  const created = new Date(Date.now() - 1000)
  const expires = new Date(created.getTime() + 3_600_000)
  const row = {
    key,
    user_id: null,
    venue: 'binance',
    label: 'main',
    account: 'acct',
    sealed: Buffer.from([1]),
  } as const
  await db
    .insertInto('sessions')
    .values({ ...row, created_at: created, expires_at: expires })
    .execute()
  await db.insertInto('collections').values({ session_key: key }).execute()
  const [lease] = await claimDue(db, 'replica-1', 10)
  if (lease === undefined) throw new Error('the new session is due at once')
  return new CollectedAccount(db, vault, lease)
}

/** Closes are those the fills make themselves: this FAKE venue publishes none. */
export function aggregation(db: Kysely<Database>, vault: EventVault): Aggregation {
  return new Aggregation({ db, vault, prices: new Prices(new FakeCollector({}), { now: () => NOW }) })
}
