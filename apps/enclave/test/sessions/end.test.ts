/** How a session ends, and what is left when it is over: on this replica and on the others, in time and in between. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { attachStored } from '../../src/sessions/attach.ts'
import { expireSessions, startExpiry } from '../../src/sessions/expire.ts'
import { EndedSessions, startForgetting } from '../../src/sessions/forget-ended.ts'
import { liveSession } from '../../src/sessions/live-session.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { type FaultMode, faultyDatabase } from '../database-faults.ts'
import { refusal } from '../refusal.ts'
import { certify, clientPub, fill, keyOf, left, withProof } from './held.ts'
import { context, setting, submission } from './setting.ts'

async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; n < 1_000; n++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail('did not come to hold')
}

async function waitsForLock({ asOwner }: TestDatabase): Promise<void> {
  for (let n = 0; n < 500; n++) {
    const { rows } = await asOwner((owner) =>
      sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(owner),
    )
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('nothing waits for a lock')
}

forEachDatabase((name, open) => {
  test(`revoking purges what is held, withdraws what was certified, and nothing of anyone else (${name})`, async (t) => {
    const database = await open(t)
    const { sessions, collector } = setting(database.db)
    const gone = (await sessions.submit(submission(), context)).sessionId
    const stays = (await sessions.submit(submission(), context)).sessionId
    await fill(database.db, keyOf(gone))
    await fill(database.db, keyOf(stays), 2)
    const ofBoth = await certify(database.db, [keyOf(gone), keyOf(stays)])
    const ofOther = await certify(database.db, [keyOf(stays)])

    const session = await sessions.authorise(gone, context)
    assert.deepEqual(await sessions.revoke(session, context), { credentials: 1, events: 3, certificates: 1 })

    assert.deepEqual(await left(database), { credentials: 1, collections: 1, events: 2, sessions: 2 })
    assert.deepEqual([...collector.attached], [keyOf(stays)])
    await assert.rejects(sessions.authorise(gone, context), refusal('session_revoked'))
    await sessions.authorise(stays, context)
    const rows = await database.db.selectFrom('sessions').select(['key', 'label', 'account', 'user_id']).execute()
    const { label, account, user_id } = rows.find(({ key }) => key === keyOf(gone)) ?? {}
    assert.deepEqual([label, account, user_id], [null, null, null], 'of an ended session no name is left')
    assert.ok(rows.some((row) => row.key === keyOf(stays) && row.label !== null && row.account !== null))
    const certificates = await database.db
      .selectFrom('aggregates')
      .select(['id', 'certificate', 'withdrawn_at'])
      .execute()
    for (const { id, certificate, withdrawn_at } of certificates) {
      assert.equal(certificate, id === ofOther ? '{}' : null)
      assert.equal(withdrawn_at === null, id === ofOther)
    }
    assert.ok(certificates.some(({ id }) => id === ofBoth))
    // A second revocation, by whoever was authorised before the first, finds nothing.
    assert.deepEqual(await sessions.revoke(session, context), { credentials: 0, events: 0, certificates: 0 })
    const trail = await database.asOwner((owner) =>
      owner.selectFrom('ops_logs').select('event').orderBy('id').execute(),
    )
    assert.deepEqual(trail.map(({ event }) => event).slice(4), [
      'credentials_purged',
      'session_revoked',
      'session_revoked',
    ])
  })

  test(`revoking is all or nothing, whichever statement fails (${name})`, async (t) => {
    const database = await open(t)
    const { db, faults } = faultyDatabase(t, database)
    const { sessions, collector } = setting(db)
    for (const mode of ['failed', 'failed_after_persisting'] satisfies FaultMode[]) {
      for (let at = 1; at <= 5; at++) {
        const { sessionId } = await sessions.submit(submission(), context)
        await fill(db, keyOf(sessionId))
        await certify(db, [keyOf(sessionId)])
        const session = await sessions.authorise(sessionId, context)
        faults.arm(at, mode)
        await assert.rejects(sessions.revoke(session, context), refusal('storage_unavailable'))
        const committed = at === 5 && mode === 'failed_after_persisting'
        const held = committed ? 0 : 1
        const counts = await left(database)
        assert.deepEqual(
          [counts['credentials'], counts['collections'], counts['events']],
          [held, held, 3 * held],
          `${mode} at ${at}`,
        )
        // Asked again it holds, and the collector forgets in any case.
        await sessions.revoke(session, context)
        assert.equal((await left(database))['credentials'], 0)
        assert.equal(collector.attached.size, 0)
      }
    }
    faults.arm(0, 'failed')
  })

  test(`a collector that cannot forget a secret is replaced (${name})`, async (t) => {
    const { db } = await open(t)
    const { sessions, collector } = setting(db)
    const { sessionId } = await sessions.submit(submission(), context)
    collector.failing.set('detach', { error: new Error('injected'), after: false })
    await sessions.revoke(await sessions.authorise(sessionId, context), context)
    assert.equal(collector.purges, 1)
    assert.equal(collector.attached.size, 0)
  })

  test(`the clean-up ends what is over, keeps certificates, and forgets stale proofs (${name})`, async (t) => {
    const database = await open(t)
    const all = setting(database.db)
    const { sessions, parts, collector, clock } = all
    const short = submission({ clientPub }, { metadata: { exchange: 'binance', label: 'short', ttl: 60 } })
    const { sessionId: over } = await sessions.submit(short, context)
    const { sessionId: live } = await sessions.submit(submission(), context)
    await fill(database.db, keyOf(over))
    await certify(database.db, [keyOf(over)])
    await sessions.authorise(over, await withProof(over, all))

    clock.advance(59_999)
    assert.deepEqual(await expireSessions(parts), { sessions: 0, credentials: 0, events: 0 })
    clock.advance(1)
    assert.deepEqual(await expireSessions(parts), { sessions: 1, credentials: 1, events: 3 })
    assert.deepEqual(await left(database), { credentials: 1, collections: 1, events: 0, sessions: 2 })
    assert.deepEqual([...collector.attached], [keyOf(live)])
    await assert.rejects(sessions.authorise(over, await withProof(over, all)), refusal('session_expired'))
    const [certificate] = await database.db.selectFrom('aggregates').select('certificate').execute()
    assert.equal(certificate?.certificate, '{}')

    assert.equal((await database.db.selectFrom('used_proofs').select('proof').execute()).length, 1)
    clock.advance(362_000)
    await expireSessions(parts)
    assert.equal((await database.db.selectFrom('used_proofs').select('proof').execute()).length, 0)
  })

  test(`a session the host prolonged is over when its sealed end says so (${name})`, async (t) => {
    const database = await open(t)
    const { sessions, parts, collector, clock } = setting(database.db)
    const short = submission({}, { metadata: { exchange: 'binance', label: 'short', ttl: 60 } })
    const { sessionId: over } = await sessions.submit(short, context)
    const { sessionId: live } = await sessions.submit(submission(), context)
    const { sessionId: altered } = await sessions.submit(submission(), context)
    await database.asOwner(async (owner) => {
      await sql`update sessions set expires_at = expires_at + interval '30 days'`.execute(owner)
      await sql`update sessions set sealed = '\\x01' where key = ${keyOf(altered)}`.execute(owner)
    })
    assert.equal((await liveSession(parts, keyOf(over)))?.label, 'short')
    clock.advance(60_000)

    assert.equal(await liveSession(parts, keyOf(over)), null)
    assert.equal((await liveSession(parts, keyOf(live)))?.label, 'main')
    await assert.rejects(liveSession(parts, keyOf(altered)), refusal('storage_altered'))
    assert.deepEqual(await expireSessions(parts), { sessions: 1, credentials: 1, events: 0 })
    assert.deepEqual([...collector.attached], [keyOf(live)])
    await assert.rejects(sessions.authorise(over, context), refusal('session_expired'))
    await assert.rejects(sessions.authorise(altered, context), refusal('storage_altered'))
  })

  test(`the clean-up runs at once and every hour, and survives its own failures (${name})`, async (t) => {
    const database = faultyDatabase(t, await open(t))
    const { parts } = setting(database.db)
    t.mock.timers.enable({ apis: ['setInterval'] })
    const outcomes: string[] = []
    let settled: () => void = () => undefined
    const report = (outcome: string) => () => {
      outcomes.push(outcome)
      settled()
    }
    const next = async (act: () => void): Promise<void> => {
      const done = new Promise<void>((resolve) => (settled = resolve))
      act()
      await done
    }
    let cleanUp: { stop(): void } | undefined
    database.faults.arm(1, 'failed')
    await next(() => (cleanUp = startExpiry(parts, { done: report('done'), failed: report('failed') })))
    await next(() => {
      t.mock.timers.tick(3_600_000)
    })
    assert.deepEqual(outcomes, ['failed', 'done'])
    cleanUp?.stop()
    t.mock.timers.tick(7_200_000)
    assert.deepEqual(outcomes, ['failed', 'done'])
  })

  test(`what ended leaves nothing of its facts (${name})`, async (t) => {
    const database = await open(t)
    const { sessions } = setting(database.db)
    const { sessionId } = await sessions.submit(submission({ symbols: ['BTC/USDT'] }), context)
    await sessions.revoke(await sessions.authorise(sessionId, context), context)
    const [row] = await database.db.selectFrom('sessions').select(['status', 'sealed']).execute()
    assert.deepEqual(row, { status: 'revoked', sealed: null })
  })

  test(`a session that ends while it is attached again is forgotten again (${name})`, async (t) => {
    const { db } = await open(t)
    const { sessions, parts, collector } = setting(db)
    const { sessionId } = await sessions.submit(submission(), context)
    const session = await sessions.authorise(sessionId, context)
    await collector.detach(session.key)
    await attachStored(parts, session)
    assert.deepEqual([...collector.attached], [session.key])
    await collector.detach(session.key)
    collector.attaching = () => sessions.revoke(session, context)
    await attachStored(parts, session)
    assert.equal(collector.attached.size, 0)
    await attachStored(parts, session)
    assert.equal(collector.attached.size, 0, 'nothing to attach any more')
  })

  test(`what ends on one replica is forgotten on all (${name})`, async (t) => {
    const { db } = await open(t)
    const here = setting(db)
    const there = { ...setting(db), clock: here.clock }
    const { sessionId } = await here.sessions.submit(submission(), context)
    const { sessionId: other } = await here.sessions.submit(submission(), context)
    const session = await here.sessions.authorise(sessionId, context)
    for (const id of [sessionId, other]) await there.collector.attach(keyOf(id))
    const forgotten: string[] = []
    const ended = new EndedSessions({ db, clock: here.clock, collector: there.collector }, (key) => forgotten.push(key))
    assert.equal(await ended.forget(), 0)
    await here.sessions.revoke(session, context)
    assert.equal(await ended.forget(), 1)
    assert.deepEqual([...there.collector.attached], [keyOf(other)])
    here.clock.advance(5_000)
    assert.equal(await ended.forget(), 0, 'acted upon once')
    // Ended by a replica whose clock is behind, and found all the same.
    const otherSession = await here.sessions.authorise(other, context)
    here.clock.advance(-60_000)
    await here.sessions.revoke(otherSession, context)
    here.clock.advance(60_000)
    assert.equal(await ended.forget(), 1)
    assert.equal(there.collector.attached.size, 0)
    assert.deepEqual(forgotten, [keyOf(sessionId), keyOf(other)], 'and so is what the replica made of it')
  })

  test(`looks for what ended go on, one at a time, also after one failed (${name})`, async (t) => {
    const { db, faults } = faultyDatabase(t, await open(t))
    const { sessions, parts, collector } = setting(db)
    const { sessionId } = await sessions.submit(submission(), context)
    const ended = new EndedSessions(parts)
    await sessions.revoke(await sessions.authorise(sessionId, context), context)
    collector.attached.add(keyOf(sessionId))
    t.mock.timers.enable({ apis: ['setInterval'] })
    let fail: (error: unknown) => void = () => undefined
    const failed = new Promise((resolve) => {
      fail = resolve
    })
    const forgetting = startForgetting(ended, fail)
    faults.arm(1, 'failed')
    t.mock.timers.tick(5_000)
    t.mock.timers.tick(5_000)
    await failed
    assert.equal(faults.statements, 1)
    await until(() => {
      t.mock.timers.tick(5_000)
      return collector.attached.size === 0
    })
    forgetting.stop()
    // The look that was under way when it was stopped ends first.
    await ended.forget()
    const { statements } = faults
    t.mock.timers.tick(60_000)
    await ended.forget()
    assert.equal(faults.statements, statements + 1)
  })

  test(`no certificate is drafted for a session that has ended (${name})`, async (t) => {
    const { db } = await open(t)
    const { sessions } = setting(db)
    const { sessionId } = await sessions.submit(submission(), context)
    const session = await sessions.authorise(sessionId, context)
    await certify(db, [session.key])
    await sessions.revoke(session, context)
    await assert.rejects(certify(db, [session.key]), refusal('session_revoked'))
  })

  if (name === 'postgresql') {
    test('a revocation waits for the draft and the page that are on their way, and takes them along', async (t) => {
      const database = await open(t)
      const { sessions } = setting(database.db)
      const { sessionId } = await sessions.submit(submission(), context)
      const session = await sessions.authorise(sessionId, context)
      let revocation: Promise<unknown> = Promise.resolve()
      await database.db.transaction().execute(async (tx) => {
        await fill(tx, session.key, 2)
        await certify(tx, [session.key])
        await tx
          .updateTable('collections')
          .set({ updated_at: new Date() })
          .where('session_key', '=', session.key)
          .execute()
        revocation = sessions.revoke(session, context)
        // It reaches the locks while this transaction holds them.
        await waitsForLock(database)
      })
      assert.deepEqual(await revocation, { credentials: 1, events: 2, certificates: 1 })
    })
  }

  test(`events that are on their way when the session ends are not left behind (${name})`, async (t) => {
    const database = await open(t)
    const { sessions } = setting(database.db)
    const { sessionId } = await sessions.submit(submission(), context)
    const session = await sessions.authorise(sessionId, context)
    const key = session.key
    const ingest = database.db.transaction().execute(async (tx) => {
      await fill(tx, key, 2)
      await tx.updateTable('collections').set({ updated_at: new Date() }).where('session_key', '=', key).execute()
    })
    await Promise.allSettled([ingest, sessions.revoke(session, context)])
    assert.deepEqual(await left(database), { credentials: 0, collections: 0, events: 0, sessions: 1 })
    await assert.rejects(fill(database.db, key, 1), /foreign key/)
  })
})
