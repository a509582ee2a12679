import assert from 'node:assert/strict'
import { createHash, createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/store/tables.ts'
import { administerTokens, createTokens, type TokenParts } from '../../src/tokens/tokens.ts'
import { TestClock } from '../clock.ts'
import { forEachDatabase } from '../database.ts'
import { random } from '../random.ts'
import { refusal } from '../refusal.ts'

function parts(db: Kysely<Database>): TokenParts & { clock: TestClock } {
  return { db, clock: new TestClock(), random, branch: createSecretKey(randomBytes(32)) }
}

forEachDatabase((name, open) => {
  test(`a token opens its tenant's records until it ends or is revoked, and is stored as a digest (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const all = parts(db)
    const tokens = createTokens(all)
    const administration = administerTokens(all)
    const made = await administration.create('clinic', ['records'], 90)
    assert.match(made.token, /^pa_[A-Za-z0-9_-]{43}$/)
    assert.deepEqual(await tokens.authorise(`Bearer ${made.token}`, 'records'), { tenant: 'clinic' })
    assert.deepEqual(await tokens.authorise(`bearer ${made.token}`, 'records'), { tenant: 'clinic' })
    const { token, ...metadata } = made
    assert.deepEqual(await administration.list('clinic'), [metadata])
    assert.deepEqual(await administration.list('bank'), [])
    const rows = await db.selectFrom('tokens').selectAll().execute()
    assert.deepEqual(Buffer.from(rows[0]?.token_sha256 ?? []), createHash('sha256').update(token).digest())
    assert.ok(!JSON.stringify(rows).includes(token.slice(3)))

    all.clock.advance(90 * 86_400_000 - 1)
    await tokens.authorise(`Bearer ${token}`, 'records')
    all.clock.advance(1)
    await assert.rejects(tokens.authorise(`Bearer ${token}`, 'records'), refusal('token_invalid'))

    const second = await administration.create('clinic', ['records'], 1)
    await assert.rejects(administration.revoke('bank', second.id), refusal('token_invalid'))
    await tokens.authorise(`Bearer ${second.token}`, 'records')
    await administration.revoke('clinic', second.id)
    await administration.revoke('clinic', second.id)
    await assert.rejects(tokens.authorise(`Bearer ${second.token}`, 'records'), refusal('token_invalid'))
    assert.equal((await administration.list('clinic'))[1]?.revokedAt, new Date(all.clock.now()).toISOString())
    const trail = await asOwner((owner) =>
      owner.selectFrom('ops_logs').select(['event', 'tenant']).orderBy('id').execute(),
    )
    assert.deepEqual(
      trail.map(({ event }) => event),
      ['token_created', 'token_created', 'token_revoked'],
    )
  })

  test(`each way of not having a token has its code (${name})`, async (t) => {
    const { db } = await open(t)
    const all = parts(db)
    const tokens = createTokens(all)
    const { token } = await administerTokens(all).create('clinic', ['records'], 1)
    await assert.rejects(tokens.authorise(undefined, 'records'), refusal('token_missing'))
    for (const header of [
      '',
      token,
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer pa_${'A'.repeat(43)}`,
    ]) {
      await assert.rejects(tokens.authorise(header, 'records'), refusal('token_invalid'))
    }
    await assert.rejects(tokens.authorise(`Bearer ${token}`, 'operators' as 'records'), refusal('token_scope'))
  })

  test(`a token the host wrote or changed is worthless (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const all = parts(db)
    const tokens = createTokens(all)
    const administration = administerTokens(all)
    const edits = [
      `update tokens set tenant = 'bank'`,
      `update tokens set expires_at = expires_at + interval '1 year'`,
      `update tokens set created_at = created_at - interval '1 ms'`,
      `update tokens set id = '${'x'.repeat(22)}'`,
      `update tokens set scopes = array['records', 'records']`,
      `update tokens set mac = '\\x${'00'.repeat(32)}'`,
    ]
    for (const edit of edits) {
      const { token } = await administration.create('clinic', ['records'], 1)
      await tokens.authorise(`Bearer ${token}`, 'records')
      await asOwner((owner) => sql.raw(edit).execute(owner))
      await assert.rejects(tokens.authorise(`Bearer ${token}`, 'records'), refusal('token_invalid'), edit)
      await asOwner((owner) => owner.deleteFrom('tokens').execute())
    }
    // The row of a token the host knows, under the digest of its own.
    await administration.create('clinic', ['records'], 1)
    const own = `pa_${randomBytes(32).toString('base64url')}`
    const digest = createHash('sha256').update(own).digest('hex')
    await asOwner((owner) => sql.raw(`update tokens set token_sha256 = '\\x${digest}'`).execute(owner))
    await assert.rejects(tokens.authorise(`Bearer ${own}`, 'records'), refusal('token_invalid'))
  })

  test(`tokens that make no sense are not made (${name})`, async (t) => {
    const { db } = await open(t)
    const administration = administerTokens(parts(db))
    const wrong: [string, 'records'[], number][] = [
      ['', ['records'], 1],
      ['a/b', ['records'], 1],
      ['a'.repeat(65), ['records'], 1],
      ['clinic', [], 1],
      ['clinic', ['records'], 0],
      ['clinic', ['records'], 1.5],
      ['clinic', ['records'], 3_651],
    ]
    for (const [tenant, scopes, days] of wrong) {
      await assert.rejects(administration.create(tenant, scopes, days), refusal('invalid_request'))
    }
    assert.deepEqual(await db.selectFrom('tokens').selectAll().execute(), [])
  })
})
