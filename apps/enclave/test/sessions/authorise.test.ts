/** Who may use a session, and what a host that owns the database can do to it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openCredentials } from '../../src/store/credentials.ts'
import { forEachDatabase } from '../database.ts'
import { refusal } from '../refusal.ts'
import { clientPub, keyOf, withProof } from './held.ts'
import { context, setting, submission } from './setting.ts'

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
    const { sessionId, bound } = await all.sessions.submit(submission({ clientPub }), context)
    assert.equal(bound, true)
    await assert.rejects(all.sessions.authorise(sessionId, context), refusal('proof_missing'))
    const proved = await withProof(sessionId, all)
    const session = await all.sessions.authorise(sessionId, proved)
    assert.deepEqual(Buffer.from(session.clientKey ?? []), Buffer.from(clientPub, 'base64'))
    await assert.rejects(all.sessions.authorise(sessionId, proved), refusal('proof_replayed'))
  })

  test(`several sessions in one request are of one owner (${name})`, async (t) => {
    const { db } = await open(t)
    const all = setting(db)
    const { sessions } = all
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
})
