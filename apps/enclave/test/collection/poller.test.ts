/** The poller under a database that loses statements: whatever is lost, the collection ends whole. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { EventVault } from '../../src/collection/event-vault.ts'
import { Poller } from '../../src/collection/poller.ts'
import { readEvents, readState } from '../../src/collection/read.ts'
import { EnclaveError } from '../../src/errors.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { type FaultMode, faultyDatabase } from '../database-faults.ts'
import { random } from '../random.ts'
import { FakeCollector, fill } from './fake-collector.ts'

const KEY = 'cd'.repeat(32)
const SESSION = { key: KEY, venue: 'binance', account: 'acct', symbols: [] } as const
const HISTORY = [1, 2, 3, 4, 5, 6, 7].map((n) => fill(n))
const vault = new EventVault(createSecretKey(Buffer.alloc(32, 7)), random)
const clock = { now: () => 1_700_000_200_000 }

async function addSession(db: Kysely<Database>): Promise<void> {
  await sql`insert into sessions (key, venue, label, account, created_at, expires_at, sealed)
    values (${KEY}, 'binance', 'main', 'acct', now(), now() + interval '1 hour', '\\x01')`.execute(db)
  await db.insertInto('collections').values({ session_key: KEY }).execute()
}

/** The session is due and free, as it would be once the lease of a lost pass ran out. */
async function makeDue({ asOwner }: TestDatabase): Promise<void> {
  await asOwner((owner) =>
    sql`update collections set owner = null, lease_until = null, next_poll_at = now() - interval '1 second'`.execute(
      owner,
    ),
  )
}

/** Runs a poller on `db` until its first pass gave its lease back, or could not. `begun` is called when the pass begins. */
async function runOnePass(
  { db: watched }: TestDatabase,
  db: Kysely<Database>,
  history: typeof HISTORY,
  begun = (): void => {},
  before: FakeCollector['before'] = () => {},
): Promise<void> {
  let isOver = false
  let hasBegun = false
  const collector = new FakeCollector({ fills: [...history] })
  collector.before = before
  const poller = new Poller({
    db,
    vault,
    collector,
    session: async (key) => {
      hasBegun = true
      begun()
      await sql`select 1`.execute(db)
      return key === KEY ? SESSION : null
    },
    attach: async () => {},
    clock,
    pace: { fastest: 1_000_000 },
    owner: 'replica-1',
    events: {
      page: () => {},
      failed: () => {},
      fault: () => {
        isOver = true
      },
    },
  })
  poller.start()
  for (let looks = 0; !isOver; looks += 1) {
    assert.ok(looks < 2_000, 'the pass does not end')
    await new Promise((resolve) => setTimeout(resolve, 5))
    const { rows } = await sql<{ owner: string | null }>`select owner from collections`.execute(watched)
    isOver ||= hasBegun && rows[0]?.owner === null
  }
  await poller.stop()
}

forEachDatabase((name, open) => {
  for (const code of ['venue_answer_invalid', 'venue_unavailable', 'venue_refused_key', 'internal'] as const) {
    test(`an account that cannot be looked at any more is not up to date (${code}, ${name})`, async (t) => {
      const database = await open(t)
      const { db } = database
      await addSession(db)
      await runOnePass(database, db, HISTORY)
      assert.equal((await readState(db, vault, KEY)).status, 'up_to_date')
      await makeDue(database)
      const refuse = (): void => {
        throw new EnclaveError(code, 'injected')
      }
      await runOnePass(database, db, HISTORY, () => {}, refuse)
      const { status, lastError } = await readState(db, vault, KEY)
      assert.deepEqual([status === 'up_to_date', lastError], [false, code])
      await makeDue(database)
      await runOnePass(database, db, HISTORY)
      assert.equal((await readState(db, vault, KEY)).status, 'up_to_date')
    })
  }

  for (const mode of ['failed', 'failed_after_persisting'] as const satisfies readonly FaultMode[]) {
    test(`a statement that is lost costs the collection nothing (${mode}, ${name})`, async (t) => {
      const database = await open(t)
      const { db, faults } = faultyDatabase(t, database)
      for (let at = 1; at <= 12; at += 1) {
        await addSession(database.db)
        await runOnePass(database, database.db, HISTORY.slice(0, 4))
        await makeDue(database)
        await runOnePass(database, db, HISTORY, () => faults.arm(at, mode))
        faults.arm(0, mode)
        await makeDue(database)
        await runOnePass(database, database.db, HISTORY)
        const { events, state } = await readEvents(database.db, vault, KEY).catch((error: unknown) => {
          throw new Error(`statement ${at}`, { cause: error })
        })
        assert.deepEqual([events.length, state.status], [HISTORY.length, 'up_to_date'], `statement ${at}`)
        assert.equal((await readState(database.db, vault, KEY)).failures, 0)
        await database.asOwner((owner) => sql`delete from sessions`.execute(owner))
      }
    })
  }
})
