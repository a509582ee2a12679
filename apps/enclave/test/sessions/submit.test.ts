import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { EnclaveError, type EnclaveErrorCode } from '../../src/errors.ts'
import type { SealedSubmission } from '../../src/ports/collector.ts'
import { expireSessions } from '../../src/sessions/expire.ts'
import { openCredentials } from '../../src/store/credentials.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { type FaultMode, faultyDatabase } from '../database-faults.ts'
import { refusal } from '../refusal.ts'
import { context, setting, submission } from './setting.ts'

/** What a failed submission must not leave behind. */
async function remains({ asOwner }: TestDatabase): Promise<Record<string, number>> {
  return await asOwner(async (owner) => {
    const counts: Record<string, number> = {}
    for (const table of ['credentials', 'collections', 'events'] as const) {
      counts[table] = (await owner.selectFrom(table).select('session_key').execute()).length
    }
    const live = await owner.selectFrom('sessions').select('key').where('status', '=', 'active').execute()
    return { ...counts, live: live.length }
  })
}

const NOTHING = { credentials: 0, collections: 0, events: 0, live: 0 }

forEachDatabase((name, open) => {
  test(`a submission becomes a session, stored without its id, its secrets or its user (${name})`, async (t) => {
    const database = await open(t)
    const { sessions, collector, clock, parts } = setting(database.db)
    const sealed = submission({ userId: 'alice@example.org', symbols: ['BTC/USDT'] })
    const submitted = await sessions.submit(sealed, context)

    assert.match(submitted.sessionId, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(submitted.expiresAt, clock.now() + 86_400_000)
    assert.deepEqual(
      [submitted.exchange, submitted.label, submitted.keyEpoch, submitted.bound],
      ['binance', 'main', 3, false],
    )
    const key = createHash('sha256').update(submitted.sessionId).digest('hex')
    assert.deepEqual([...collector.attached], [key])

    const rows = await database.asOwner(async (owner) => ({
      sessions: await owner.selectFrom('sessions').selectAll().execute(),
      users: await owner.selectFrom('users').selectAll().execute(),
      collections: await owner.selectFrom('collections').selectAll().execute(),
      opsLogs: await owner.selectFrom('ops_logs').selectAll().orderBy('id').execute(),
    }))
    assert.equal(rows.sessions[0]?.key, key)
    assert.equal(rows.sessions[0].status, 'active')
    assert.equal(rows.collections.length, 1)
    assert.deepEqual(
      rows.opsLogs.map(({ event, session_key, request_id, at }) => [event, session_key, request_id, at.getTime()]),
      ['credentials_stored', 'session_submitted'].map((event) => [event, key, 'request-1', clock.now()]),
    )
    const everything = JSON.stringify(rows)
    for (const secret of [submitted.sessionId, 'alice', 'BTC/USDT', 'uid-1'])
      assert.ok(!everything.includes(secret), secret)

    const access = { sessionKey: key, now: clock.now(), requestId: 'request-2' }
    const credentials = await openCredentials(database.db, access, 'collector_restart')
    assert.equal(Buffer.from(credentials?.ciphertext ?? []).toString(), 'FAKE ciphertext, and a tag')
    assert.equal(Buffer.from(credentials?.wrappedKey ?? []).toString(), 'FAKE wrapped key')
    const authorised = await sessions.authorise(submitted.sessionId, context)
    assert.deepEqual([authorised.symbols, authorised.account], [['BTC/USDT'], submitted.account])
    assert.equal(parts.abandoned.size, 0)
  })

  test(`the same account and user have the same pseudonyms in every session, others have others (${name})`, async (t) => {
    const { db } = await open(t)
    const { sessions, collector } = setting(db)
    const first = await sessions.submit(submission({ userId: 'alice' }), context)
    const second = await sessions.submit(submission({ userId: 'alice' }), context)
    assert.equal(first.account, second.account)
    collector.report = { ...collector.report, accountUid: 'uid-2' }
    assert.notEqual((await sessions.submit(submission({ userId: 'bob' }), context)).account, first.account)
    assert.notEqual((await sessions.submit(submission({ venue: 'kraken' }), context)).account, first.account)
    assert.equal((await db.selectFrom('users').select('id').execute()).length, 2)
  })

  const metadata = submission().metadata
  const shapes: [string, Partial<SealedSubmission>, EnclaveErrorCode][] = [
    ['short nonce', { nonce: randomBytes(11) }, 'invalid_nonce'],
    ['long nonce', { nonce: randomBytes(13) }, 'invalid_nonce'],
    ['short key', { encapsulatedKey: randomBytes(31) }, 'invalid_key'],
    ['key of the other suite', { suite: 'x-wing' }, 'invalid_key'],
    ['only a tag', { sealed: randomBytes(16) }, 'decryption_failed'],
    ['unknown exchange', { metadata: { ...metadata, exchange: 'mtgox' } }, 'unknown_exchange'],
    ['empty label', { metadata: { ...metadata, label: '' } }, 'invalid_request'],
    ['label with a line break', { metadata: { ...metadata, label: 'a\nb' } }, 'invalid_request'],
    ['ttl too short', { metadata: { ...metadata, ttl: 59 } }, 'invalid_request'],
    ['ttl not whole', { metadata: { ...metadata, ttl: 60.5 } }, 'invalid_request'],
    ['ttl too long', { metadata: { ...metadata, ttl: 604_801 } }, 'ttl_too_long'],
  ]
  for (const [what, change, code] of shapes) {
    test(`refused before it is opened: ${what} (${name})`, async (t) => {
      const database = await open(t)
      const { sessions, collector } = setting(database.db)
      await assert.rejects(sessions.submit(submission({}, change), context), refusal(code))
      assert.deepEqual([...collector.attached, ...collector.detached], [])
      assert.deepEqual(await remains(database), NOTHING)
    })
  }

  test(`a submission counts once, whoever deletes the row that says so (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const { sessions, parts, collector } = setting(db)
    const sealed = submission()
    await sessions.submit(sealed, context)
    await assert.rejects(sessions.submit(sealed, context), refusal('nonce_replayed'))
    await asOwner((owner) => owner.deleteFrom('used_nonces').execute())
    await assert.rejects(sessions.submit(sealed, context), refusal('nonce_replayed'))
    assert.equal(collector.attached.size, 1)
    // Another replica knows of it through the database.
    await asOwner((owner) =>
      owner
        .insertInto('used_nonces')
        .values({ nonce: sealed.nonce, used_at: new Date(0) })
        .execute(),
    )
    const replica = setting(db)
    await assert.rejects(replica.sessions.submit(sealed, context), refusal('nonce_replayed'))
    assert.equal(parts.abandoned.size, 0)
  })

  test(`of ten replicas given the same submission at once, one takes it (${name})`, async (t) => {
    const database = await open(t)
    const sealed = submission()
    const replicas = Array.from({ length: 10 }, () => setting(database.db))
    const outcomes = await Promise.allSettled(replicas.map(({ sessions }) => sessions.submit(sealed, context)))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(refused.length, 9)
    for (const { reason } of refused) assert.ok(reason instanceof EnclaveError && reason.code === 'nonce_replayed')
    assert.deepEqual(await remains(database), { credentials: 1, collections: 1, events: 0, live: 1 })
    assert.equal(
      replicas.reduce((held, { collector }) => held + collector.attached.size, 0),
      1,
    )
  })

  test(`an envelope that does not open leaves its nonce free (${name})`, async (t) => {
    const database = await open(t)
    const { sessions } = setting(database.db)
    const sealed = submission()
    await assert.rejects(sessions.submit({ ...sealed, sealed: randomBytes(64) }, context), refusal('decryption_failed'))
    await sessions.submit(sealed, context)
  })

  test(`a key that may do more than read is refused, with the rights that are too much (${name})`, async (t) => {
    const database = await open(t)
    const { sessions, collector } = setting(database.db)
    collector.report = { readOnly: false, excess: ['enableSpotAndMarginTrading', '<script>'], accountUid: 'uid-1' }
    await assert.rejects(sessions.submit(submission(), context), (error: unknown) => {
      assert.ok(error instanceof EnclaveError && error.code === 'key_not_read_only')
      assert.match(error.message, /enableSpotAndMarginTrading/)
      assert.ok(!error.message.includes('<'))
      return true
    })
    assert.deepEqual(await remains(database), NOTHING)
    assert.equal(collector.attached.size, 0)
  })

  for (const after of [false, true]) {
    for (const [method, code] of [
      ['open', 'plaintext_invalid'],
      ['open', 'collector_unavailable'],
      ['checkKey', 'venue_refused_key'],
      ['checkKey', 'venue_unavailable'],
    ] as const) {
      test(`collector fails: ${method} ${after ? 'after' : 'before'} its work, ${code} (${name})`, async (t) => {
        const database = await open(t)
        const { sessions, collector } = setting(database.db)
        collector.failing.set(method, { error: new EnclaveError(code, 'injected'), after })
        await assert.rejects(sessions.submit(submission(), context), refusal(code))
        assert.deepEqual(await remains(database), NOTHING)
        assert.equal(collector.attached.size, 0)
        assert.equal(collector.detached.length, 1)
      })
    }
  }

  test(`whichever statement the database fails at, in either way, nothing is left (${name})`, async (t) => {
    const database = await open(t)
    const { db, faults } = faultyDatabase(t, database)
    const counted = setting(db)
    await counted.sessions.submit(submission({ userId: 'alice' }), context)
    const statements = faults.statements
    assert.equal(statements, 8, 'nonce, begin, user, session, credentials, collection, audit, commit')
    await database.asOwner((owner) => owner.deleteFrom('sessions').execute())

    for (const mode of ['failed', 'failed_after_persisting'] satisfies FaultMode[]) {
      for (let at = 1; at <= statements; at++) {
        const { sessions, collector, parts } = setting(db)
        faults.arm(at, mode)
        await assert.rejects(sessions.submit(submission({ userId: 'bob' }), context), refusal('storage_unavailable'))
        assert.deepEqual(await remains(database), NOTHING, `${mode} at ${at}`)
        assert.equal(collector.attached.size, 0, `${mode} at ${at}`)
        assert.equal(parts.abandoned.size, 0, `${mode} at ${at}`)
      }
    }
  })

  test(`a session stored just before the database went is ended once it is back (${name})`, async (t) => {
    const database = await open(t)
    const { db, faults } = faultyDatabase(t, database)
    const { sessions, parts } = setting(db)
    faults.arm(8 - 1, 'failed_after_persisting', true)
    await assert.rejects(sessions.submit(submission(), context), refusal('storage_unavailable'))
    assert.equal((await remains(database))['live'], 1, 'the commit happened, its answer was lost')
    assert.equal(parts.abandoned.size, 1)
    await assert.rejects(expireSessions(parts), refusal('storage_unavailable'))
    faults.arm(0, 'failed')
    await expireSessions(parts)
    assert.deepEqual(await remains(database), NOTHING)
    assert.equal(parts.abandoned.size, 0)
  })
})
