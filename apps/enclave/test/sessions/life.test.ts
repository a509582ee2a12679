/** A session from its submission to its end: who may use it, and what is left when it is over. */
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { type Kysely, sql } from 'kysely'
import type { RequestContext } from '../../src/http/services.ts'
import { attachStored } from '../../src/sessions/attach.ts'
import { expireSessions, startExpiry } from '../../src/sessions/expire.ts'
import { EndedSessions } from '../../src/sessions/forget-ended.ts'
import { openCredentials } from '../../src/store/credentials.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { type FaultMode, faultyDatabase } from '../database-faults.ts'
import { refusal } from '../refusal.ts'
import { context, type Setting, setting, submission } from './setting.ts'

const keyOf = (sessionId: string): string => createHash('sha256').update(sessionId).digest('hex')

const clientKeys = generateKeyPairSync('ed25519')
const { x = '' } = clientKeys.publicKey.export({ format: 'jwk' })

async function withProof(sessionId: string, { clock }: Setting): Promise<RequestContext> {
  const proof = await new SignJWT({
    htm: context.method,
    htu: `http://localhost${context.path}`,
    iat: Math.floor(clock.now() / 1000),
    jti: randomBytes(16).toString('base64url'),
    ath: createHash('sha256').update(sessionId).digest('base64url'),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x } })
    .sign(clientKeys.privateKey)
  return { ...context, proof }
}

/** What a session has in the database after it was collected and certified. */
async function fill(db: Kysely<Database>, sessionKey: string, events = 3): Promise<void> {
  for (let n = 0; n < events; n++) {
    await db
      .insertInto('events')
      .values({ session_key: sessionKey, event_key: randomBytes(32), sealed: randomBytes(80) })
      .execute()
  }
}

async function certify(db: Kysely<Database>, sessionKeys: readonly string[]): Promise<string> {
  const id = randomBytes(32).toString('base64url')
  await db
    .insertInto('aggregates')
    .values({ id, subject: id.slice(0, 22), seq: 1, prev: null, draft: null, certificate: '{}' })
    .execute()
  for (const session_key of sessionKeys)
    await db.insertInto('aggregate_sessions').values({ aggregate_id: id, session_key }).execute()
  return id
}

async function left({ asOwner }: TestDatabase): Promise<Record<string, number>> {
  return await asOwner(async (owner) => {
    const count = async (table: 'credentials' | 'collections' | 'events' | 'sessions'): Promise<number> =>
      Number(
        (
          await owner
            .selectFrom(table)
            .select((row) => row.fn.countAll<string>().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      )
    return {
      credentials: await count('credentials'),
      collections: await count('collections'),
      events: await count('events'),
      sessions: await count('sessions'),
    }
  })
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
  test(`only the id of a live session opens it (${name})`, async (t) => {
    const { db } = await open(t)
    const { sessions, clock } = setting(db)
    const { sessionId } = await sessions.submit(submission(), context)
    assert.equal((await sessions.authorise(sessionId, context)).key, keyOf(sessionId))
    for (const other of ['', 'x', keyOf(sessionId), randomBytes(32).toString('base64url'), `${sessionId}x`]) {
      await assert.rejects(sessions.authorise(other, context), refusal('session_unknown'))
    }
    clock.advance(86_400_000 - 1)
    await sessions.authorise(sessionId, context)
    clock.advance(1)
    await assert.rejects(sessions.authorise(sessionId, context), refusal('session_expired'))
  })

  test(`a bound session wants a proof, each time another (${name})`, async (t) => {
    const { db } = await open(t)
    const all = setting(db)
    const { sessionId, bound } = await all.sessions.submit(
      submission({ clientPub: Buffer.from(x, 'base64url').toString('base64') }),
      context,
    )
    assert.equal(bound, true)
    await assert.rejects(all.sessions.authorise(sessionId, context), refusal('proof_missing'))
    const proved = await withProof(sessionId, all)
    const session = await all.sessions.authorise(sessionId, proved)
    assert.deepEqual(Buffer.from(session.clientKey ?? []), Buffer.from(x, 'base64url'))
    await assert.rejects(all.sessions.authorise(sessionId, proved), refusal('proof_replayed'))
  })

  test(`several sessions in one request are of one owner (${name})`, async (t) => {
    const { db } = await open(t)
    const all = setting(db)
    const { sessions } = all
    const clientPub = Buffer.from(x, 'base64url').toString('base64')
    const first = (await sessions.submit(submission({ clientPub }), context)).sessionId
    const second = (await sessions.submit(submission({ clientPub }), context)).sessionId
    const unbound = (await sessions.submit(submission(), context)).sessionId
    const stranger = (await sessions.submit(submission({ clientPub: randomBytes(32).toString('base64') }), context))
      .sessionId
    const together = await sessions.authoriseTogether([first, second], await withProof(first, all))
    assert.deepEqual(
      together.map(({ key }) => key),
      [keyOf(first), keyOf(second)],
    )
    for (const other of [unbound, stranger]) {
      await assert.rejects(
        sessions.authoriseTogether([first, other], await withProof(first, all)),
        refusal('owner_mismatch'),
      )
    }
    await assert.rejects(sessions.authoriseTogether([unbound, first], context), refusal('owner_mismatch'))
    await assert.rejects(
      sessions.authoriseTogether([first, second], await withProof(second, all)),
      refusal('proof_invalid'),
    )
    await assert.rejects(
      sessions.authoriseTogether([first, 'x'], await withProof(first, all)),
      refusal('session_unknown'),
    )
    await sessions.revoke(together[1] ?? assert.fail(), context)
    await assert.rejects(
      sessions.authoriseTogether([first, second], await withProof(first, all)),
      refusal('session_revoked'),
    )
  })

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
    assert.deepEqual(await sessions.revoke(session, context), { credentials: 1, fills: 3, certificates: 1 })

    assert.deepEqual(await left(database), { credentials: 1, collections: 1, events: 2, sessions: 2 })
    assert.deepEqual([...collector.attached], [keyOf(stays)])
    await assert.rejects(sessions.authorise(gone, context), refusal('session_revoked'))
    await sessions.authorise(stays, context)
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
    assert.deepEqual(await sessions.revoke(session, context), { credentials: 0, fills: 0, certificates: 0 })
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
    const clientPub = Buffer.from(x, 'base64url').toString('base64')
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
    clock.advance(62_000)
    await expireSessions(parts)
    assert.equal((await database.db.selectFrom('used_proofs').select('proof').execute()).length, 0)
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

  test(`credentials of a session that is over are not handed out, and the look is written down (${name})`, async (t) => {
    const database = await open(t)
    const { sessions, clock } = setting(database.db)
    const { sessionId } = await sessions.submit(submission(), context)
    const access = (now: number, requestId: string) => ({ sessionKey: keyOf(sessionId), now, requestId })
    assert.ok(await openCredentials(database.db, access(clock.now(), 'early'), 'test'))
    assert.equal(await openCredentials(database.db, access(clock.now() + 86_400_000, 'late'), 'test'), null)
    const trail = await database.asOwner((owner) =>
      owner
        .selectFrom('ops_logs')
        .select(['request_id', 'outcome', 'subject'])
        .where('event', '=', 'credentials_opened')
        .orderBy('id')
        .execute(),
    )
    assert.deepEqual(trail, [
      { request_id: 'early', outcome: 'ok', subject: 'test' },
      { request_id: 'late', outcome: 'not_found', subject: 'test' },
    ])
  })

  test(`a host that edits a session is noticed (${name})`, async (t) => {
    const database = await open(t)
    const all = setting(database.db)
    const { sessions, clock } = all
    const victim = (await sessions.submit(submission(), context)).sessionId
    const own = (
      await sessions.submit(submission({}, { metadata: { exchange: 'binance', label: 'own', ttl: 60 } }), context)
    ).sessionId
    const edit = async (statement: string): Promise<void> => {
      await database.asOwner((owner) => sql.raw(statement).execute(owner))
    }
    // The columns of another session under one's own key.
    await edit(
      `update sessions set sealed = (select sealed from sessions where key = '${keyOf(victim)}') where key = '${keyOf(own)}'`,
    )
    await assert.rejects(sessions.authorise(own, context), refusal('storage_altered'))
    // A longer life and another account: the sealed facts count.
    await edit(
      `update sessions set expires_at = expires_at + interval '5 days', account = 'other' where key = '${keyOf(victim)}'`,
    )
    assert.notEqual((await sessions.authorise(victim, context)).account, 'other')
    clock.advance(86_400_000)
    await assert.rejects(sessions.authorise(victim, context), refusal('session_expired'))
    // A session the enclave never saw.
    const invented = randomBytes(32).toString('base64url')
    await edit(`insert into sessions (key, venue, label, account, created_at, expires_at, sealed)
      select '${keyOf(invented)}', venue, label, account, now(), now() + interval '1 day', sealed from sessions where key = '${keyOf(victim)}'`)
    await assert.rejects(sessions.authorise(invented, context), refusal('storage_altered'))
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
    const ended = new EndedSessions({ db, clock: here.clock, collector: there.collector })
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
      assert.deepEqual(await revocation, { credentials: 1, fills: 2, certificates: 1 })
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
