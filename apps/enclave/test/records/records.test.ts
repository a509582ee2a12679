import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import type { RecordService, RequestContext } from '../../src/http/services.ts'
import { RecordVault } from '../../src/records/record-vault.ts'
import { createRecords } from '../../src/records/records.ts'
import type { Database } from '../../src/store/tables.ts'
import { TestClock } from '../clock.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { faultyDatabase } from '../database-faults.ts'
import { random } from '../random.ts'
import { refusal } from '../refusal.ts'

const context: RequestContext = { requestId: 'request-1', method: 'GET', path: '/api/records', proof: null }
const secret = 'blood type AB negative'

function service(db: Kysely<Database>): { records: RecordService; clock: TestClock } {
  const clock = new TestClock()
  const vault = new RecordVault(createSecretKey(randomBytes(32)), random)
  return { records: createRecords({ db, vault, clock, random }), clock }
}

const record = (label: string | null = 'scan 12', text = secret) => ({
  data: Buffer.from(text),
  contentType: 'text/plain',
  label,
})

async function trail({ asOwner }: TestDatabase): Promise<unknown[]> {
  const rows = await asOwner((owner) => owner.selectFrom('ops_logs').selectAll().orderBy('id').execute())
  return rows.map(({ event, outcome, tenant, subject, count }) => [event, outcome, tenant, subject, count])
}

forEachDatabase((name, open) => {
  test(`a record comes back whole, to its tenant alone, and every access is written down (${name})`, async (t) => {
    const database = await open(t)
    const { records, clock } = service(database.db)
    const made = await records.create('clinic', record(), context)
    assert.match(made.id, /^[A-Za-z0-9_-]{22}$/)
    assert.deepEqual(
      [made.createdAt, made.size, made.contentType, made.label],
      [clock.now(), 22, 'text/plain', 'scan 12'],
    )
    const { data, ...metadata } = await records.read('clinic', made.id, context)
    assert.equal(Buffer.from(data).toString(), secret)
    assert.deepEqual(metadata, made)
    await assert.rejects(records.read('bank', made.id, context), refusal('record_unknown'))
    await assert.rejects(records.destroy('bank', made.id, context), refusal('record_unknown'))
    assert.deepEqual(await records.list('clinic', { limit: 10, after: null }, context), { records: [made], next: null })
    assert.deepEqual(await records.list('bank', { limit: 10, after: null }, context), { records: [], next: null })
    await records.destroy('clinic', made.id, context)
    await assert.rejects(records.read('clinic', made.id, context), refusal('record_unknown'))
    await assert.rejects(records.destroy('clinic', made.id, context), refusal('record_unknown'))
    assert.deepEqual(await database.db.selectFrom('records').selectAll().execute(), [])

    assert.deepEqual(await trail(database), [
      ['record_created', 'ok', 'clinic', made.id, null],
      ['record_read', 'ok', 'clinic', made.id, null],
      ['record_read', 'record_unknown', 'bank', made.id, null],
      ['record_destroyed', 'record_unknown', 'bank', made.id, null],
      ['records_listed', 'ok', 'clinic', null, 1],
      ['records_listed', 'ok', 'bank', null, 0],
      ['record_destroyed', 'ok', 'clinic', made.id, null],
      ['record_read', 'record_unknown', 'clinic', made.id, null],
      ['record_destroyed', 'record_unknown', 'clinic', made.id, null],
    ])
  })

  test(`empty, binary and large content survive (${name})`, async (t) => {
    const { db } = await open(t)
    const { records } = service(db)
    for (const data of [Buffer.alloc(0), Buffer.from([0, 255, 0]), randomBytes(3_000_000)]) {
      const { id } = await records.create('clinic', { ...record(null), data }, context)
      const read = await records.read('clinic', id, context)
      assert.ok(Buffer.from(read.data).equals(data))
      assert.equal(read.label, null)
      assert.equal(read.data.buffer.byteLength, data.length, 'outside the pool')
    }
  })

  test(`the database holds no content (${name})`, async (t) => {
    const { db } = await open(t)
    const { records } = service(db)
    await records.create('clinic', record(), context)
    const [row] = await db.selectFrom('records').selectAll().execute()
    assert.equal(Buffer.from(row?.sealed ?? []).indexOf(secret), -1)
    assert.equal(Buffer.from(row?.wrapped_key ?? []).indexOf(secret), -1)
  })

  const edits: [string, (a: string, b: string) => string][] = [
    [
      'the whole sealed half of another row',
      (a, b) =>
        `update records r set sealed = o.sealed, wrapped_key = o.wrapped_key from records o where r.id = '${a}' and o.id = '${b}'`,
    ],
    [
      'the ciphertext of another row',
      (a, b) => `update records r set sealed = o.sealed from records o where r.id = '${a}' and o.id = '${b}'`,
    ],
    [
      'the wrapped key of another row',
      (a, b) => `update records r set wrapped_key = o.wrapped_key from records o where r.id = '${a}' and o.id = '${b}'`,
    ],
    ['another label', (a) => `update records set label = 'scan 13' where id = '${a}'`],
    ['no label', (a) => `update records set label = null where id = '${a}'`],
    ['another type', (a) => `update records set content_type = 'text/html' where id = '${a}'`],
    ['another size', (a) => `update records set size = 23 where id = '${a}'`],
    ['another time', (a) => `update records set created_at = created_at + interval '1 ms' where id = '${a}'`],
    ['another key version', (a) => `update records set key_version = 2 where id = '${a}'`],
    [
      'a flipped bit',
      (a) => `update records set sealed = set_bit(sealed, 600, 1 - get_bit(sealed, 600)) where id = '${a}'`,
    ],
    ['nothing sealed', (a) => `update records set sealed = '' where id = '${a}'`],
  ]
  for (const [what, edit] of edits) {
    test(`a row is noticed that the host gave ${what} (${name})`, async (t) => {
      const database = await open(t)
      const { records } = service(database.db)
      const { id: a } = await records.create('clinic', record(), context)
      const { id: b } = await records.create('clinic', record(), context)
      await records.read('clinic', a, context)
      await database.asOwner((owner) => sql.raw(edit(a, b)).execute(owner))
      await assert.rejects(records.read('clinic', a, context), refusal('record_altered'))
      await records.read('clinic', b, context)
      assert.deepEqual((await trail(database)).at(-2), ['record_read', 'record_altered', 'clinic', a, null])
    })
  }

  test(`two rows whose ids or tenants were exchanged are both noticed (${name})`, async (t) => {
    const database = await open(t)
    const { records } = service(database.db)
    const { id: a } = await records.create('clinic', record(), context)
    const { id: b } = await records.create('bank', record(), context)
    await database.asOwner((owner) =>
      sql.raw(`update records set tenant = case tenant when 'bank' then 'clinic' else 'bank' end`).execute(owner),
    )
    await assert.rejects(records.read('bank', a, context), refusal('record_altered'))
    await assert.rejects(records.read('clinic', b, context), refusal('record_altered'))
    await database.asOwner(async (owner) => {
      const spare = 's'.repeat(22)
      for (const [from, to] of [
        [a, spare],
        [b, a],
        [spare, b],
      ]) {
        await sql.raw(`update records set id = '${to}' where id = '${from}'`).execute(owner)
      }
    })
    await assert.rejects(records.read('clinic', a, context), refusal('record_altered'))
    await assert.rejects(records.read('bank', b, context), refusal('record_altered'))
  })

  test(`what cannot be written down does not happen (${name})`, async (t) => {
    const database = await open(t)
    const { db, faults } = faultyDatabase(t, database)
    const { records } = service(db)
    const count = async (): Promise<number> => (await database.db.selectFrom('records').select('id').execute()).length
    const { id } = await records.create('clinic', record(), context)
    // Statements: create is begin, row, audit, commit; read is row, audit; destroy is begin, row, audit, commit.
    for (const at of [1, 2, 3, 4]) {
      for (const mode of ['failed', 'failed_after_persisting'] as const) {
        const committed = at === 4 && mode === 'failed_after_persisting' ? 1 : 0
        const before = await count()
        faults.arm(at, mode)
        await assert.rejects(records.create('clinic', record(), context), refusal('storage_unavailable'))
        assert.equal(await count(), before + committed, `create ${mode} at ${at}`)
        const destroyed = (await records.create('clinic', record(), context)).id
        faults.arm(at, mode)
        await assert.rejects(records.destroy('clinic', destroyed, context), refusal('storage_unavailable'))
        faults.arm(0, 'failed')
        const read = records.read('clinic', destroyed, context)
        if (committed === 1) await assert.rejects(read, refusal('record_unknown'))
        else await read
      }
    }
    for (const at of [1, 2]) {
      faults.arm(at, 'failed')
      await assert.rejects(records.read('clinic', id, context), refusal('storage_unavailable'))
    }
  })

  test(`pages hold every record once, also while records come and go (${name})`, async (t) => {
    const { db } = await open(t)
    const { records, clock } = service(db)
    const made: string[] = []
    for (let n = 0; n < 7; n++) {
      made.push((await records.create('clinic', record(`r${n}`), context)).id)
      if (n % 2 === 0) clock.advance(1)
    }
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<RecordService['list']>> = await records.list(
        'clinic',
        { limit: 2, after },
        context,
      )
      assert.ok(page.records.length <= 2)
      assert.ok(page.records.every((entry) => !('data' in entry)))
      seen.push(...page.records.map(({ id }) => id))
      after = page.next
      assert.match(after ?? 'x', /^[A-Za-z0-9_-]{1,256}$/)
      // The last one of the page goes: the next page still starts behind it.
      if (seen.length === 4) await records.destroy('clinic', seen[3] ?? '', context)
    } while (after !== null)
    assert.deepEqual([...seen].sort(), [...made].sort())
    for (const nonsense of ['', 'x', 'AAAA', Buffer.from('1.short').toString('base64url')]) {
      await assert.rejects(records.list('clinic', { limit: 2, after: nonsense }, context), refusal('invalid_request'))
    }
  })
})
