import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { EventVault } from '../../src/collection/event-vault.ts'
import { ingest } from '../../src/collection/ingest.ts'
import {
  claimDue,
  endLeases,
  type Lease,
  LeaseLost,
  release,
  renew,
  writeUnderLease,
} from '../../src/collection/lease.ts'
import { readEvents, readState } from '../../src/collection/read.ts'
import { EMPTY_STATE } from '../../src/collection/state.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase } from '../database.ts'
import { random } from '../random.ts'
import { fill } from './fake-collector.ts'

const KEY = 'ab'.repeat(32)
const NOW = 1_700_000_200_000
const vault = new EventVault(createSecretKey(Buffer.alloc(32, 7)), random)

async function withSession(db: Kysely<Database>, key = KEY): Promise<Lease> {
  const started = new Date(Date.now() - 1000)
  await db
    .insertInto('sessions')
    .values({
      key,
      user_id: null,
      venue: 'binance',
      label: 'main',
      account: 'acct',
      created_at: started,
      expires_at: new Date(started.getTime() + 3_600_000),
      sealed: Buffer.from([1]),
    })
    .execute()
  await db.insertInto('collections').values({ session_key: key }).execute()
  const [lease] = await claimDue(db, 'replica-1', 10)
  assert.ok(lease)
  return lease
}

const page = (...events: ReturnType<typeof fill>[]) => ({
  stream: 'fills',
  events,
  cursor: { next: events.length },
  more: false,
})

forEachDatabase((name, open) => {
  test(`a page is stored once with its cursor and read back as it was (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    const events = [fill(1), fill(2), fill(3)]
    const state = await ingest(db, vault, lease, EMPTY_STATE, page(...events), NOW)
    assert.equal(state.fills, 3)
    assert.deepEqual((await readEvents(db, vault, KEY)).events, events)
    assert.deepEqual((await readState(db, vault, KEY)).streams, { fills: { cursor: { next: 3 }, caughtUp: true } })
  })

  test(`what comes again is counted once, what comes changed is not hidden (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    const first = await ingest(db, vault, lease, EMPTY_STATE, page(fill(1), fill(2), fill(2)), NOW)
    const state = await ingest(db, vault, lease, first, page(fill(2), fill(1, { price: '100.26' }), fill(3)), NOW)
    assert.deepEqual([state.fills, state.duplicates, state.conflicts, state.pages], [3, 2, 1, 2])
    const { events } = await readEvents(db, vault, KEY)
    assert.deepEqual(events, [fill(1), fill(2), fill(3)])
  })

  test(`the database sees neither market nor price nor size (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    await ingest(db, vault, lease, EMPTY_STATE, page(fill(1, { price: '98765.4321' })), NOW)
    const rows = [
      await db.selectFrom('events').selectAll().execute(),
      await db.selectFrom('collections').selectAll().execute(),
    ]
    const seen = rows
      .flat()
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join()
    for (const told of ['98765', 'BTC', 'USDT', '0.5']) assert.ok(!seen.includes(told), told)
  })

  test(`a lease that passed to another replica writes nothing (${name})`, async (t) => {
    const { db } = await open(t)
    const stale = await withSession(db)
    await sql`update collections set lease_until = now() - interval '1 second'`.execute(db)
    const [lease] = await claimDue(db, 'replica-2', 10)
    assert.ok(lease)
    await assert.rejects(ingest(db, vault, stale, EMPTY_STATE, page(fill(1)), NOW), LeaseLost)
    assert.deepEqual(await db.selectFrom('events').selectAll().execute(), [])
    await release(db, stale, 0)
    await writeUnderLease(db, lease, vault.sealState(KEY, EMPTY_STATE))
    assert.equal((await ingest(db, vault, lease, EMPTY_STATE, page(fill(1)), NOW)).fills, 1)
  })

  test(`a session under lease is claimed by nobody else, and by one of two at once (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    assert.deepEqual(await claimDue(db, 'replica-2', 10), [])
    await release(db, lease, 0)
    const claims = await Promise.all([claimDue(db, 'replica-2', 10), claimDue(db, 'replica-3', 10)])
    assert.equal(claims.flat().length, 1)
  })

  test(`a lease lives as long as its holder says so, and no longer (${name})`, async (t) => {
    const { db } = await open(t)
    await withSession(db)
    const remaining = async (): Promise<number> => {
      const { rows } = await sql<{ seconds: number }>`
        select extract(epoch from lease_until - now())::float8 as seconds from collections`.execute(db)
      return rows[0]?.seconds ?? Number.NaN
    }
    await sql`update collections set lease_until = now() + interval '1 second'`.execute(db)
    await renew(db, 'replica-2', [KEY])
    await renew(db, 'replica-1', [])
    await renew(db, 'replica-1', ['cd'.repeat(32)])
    assert.ok((await remaining()) <= 1, 'nobody else, and no other session')
    await renew(db, 'replica-1', [KEY])
    assert.ok((await remaining()) > 5)
    await endLeases(db)
    assert.equal((await claimDue(db, 'replica-2', 10)).length, 1)
  })

  test(`a page that arrives after the session ended leaves nothing behind (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    await sql`select session_end(${KEY}, 'revoked', now(), 'req')`.execute(db)
    await assert.rejects(ingest(db, vault, lease, EMPTY_STATE, page(fill(1)), NOW), LeaseLost)
    assert.deepEqual(await db.selectFrom('events').selectAll().execute(), [])
  })

  test(`rows removed, replayed, swapped or edited outside are noticed (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const lease = await withSession(db)
    await ingest(db, vault, lease, EMPTY_STATE, page(fill(1), fill(2)), NOW)
    const rows = await db.selectFrom('events').select(['event_key', 'sealed']).orderBy('seq').execute()
    const [one, two] = rows
    assert.ok(one && two)
    const set = async (key: Uint8Array, sealed: Uint8Array): Promise<void> =>
      await asOwner(async (owner) => {
        await sql`update events set sealed = ${sealed} where event_key = ${key}`.execute(owner)
      })
    const refused = async (): Promise<void> =>
      await assert.rejects(readEvents(db, vault, KEY), { code: 'storage_altered' })
    await set(one.event_key, two.sealed)
    await refused()
    const flipped = Buffer.from(one.sealed)
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    await set(one.event_key, flipped)
    await refused()
    await set(one.event_key, one.sealed)
    assert.equal((await readEvents(db, vault, KEY)).events.length, 2)
    await asOwner(async (owner) => {
      await sql`delete from events where event_key = ${one.event_key}`.execute(owner)
    })
    await refused()
  })

  test(`a crash before the commit leaves neither event nor cursor (${name})`, async (t) => {
    const { db } = await open(t)
    const lease = await withSession(db)
    const failing = new EventVault(createSecretKey(Buffer.alloc(32, 7)), random)
    failing.sealState = () => {
      throw new Error('killed')
    }
    await assert.rejects(ingest(db, failing, lease, EMPTY_STATE, page(fill(1)), NOW), /killed/)
    assert.deepEqual(await db.selectFrom('events').selectAll().execute(), [])
    assert.deepEqual(await readState(db, vault, KEY), EMPTY_STATE)
  })
})
