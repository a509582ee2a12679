import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { Client } from 'pg'
import { lockDirectory } from '../../src/store/directory-lock.ts'
import { claimDatabase, keptMasterKey } from '../../src/store/identity.ts'
import { migrateServer, openStore } from '../../src/store/open.ts'
import { forEachDatabase, openServerDatabase } from '../database.ts'
import { createPostgresServer } from '../postgres-server.ts'
import { refusal } from '../refusal.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'store-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('the embedded database is made, kept, and says what it does not promise', async (t) => {
  const dataDirectory = await folder(t)
  const first = await openStore({ kind: 'pglite', dataDirectory })
  assert.match(first.notice ?? '', /does not fsync/)
  assert.equal((await stat(join(dataDirectory, 'pglite'))).mode & 0o077, 0)
  await first.db.insertInto('users').values({ id: 'u1', created_at: new Date() }).execute()
  await assert.rejects(openStore({ kind: 'pglite', dataDirectory }), refusal('configuration'))
  await first.close()
  assert.deepEqual(await readdir(dataDirectory), ['pglite'])

  const again = await openStore({ kind: 'pglite', dataDirectory })
  await again.ping()
  assert.equal((await again.db.selectFrom('users').select('id').execute()).length, 1)
  await assert.rejects(sql`select * from credentials`.execute(again.db), /permission denied/)
  await again.close()
})

test('a data directory belongs to one living process', async (t) => {
  const directory = await folder(t)
  const holder = spawn(process.execPath, [
    '-e',
    `import(${JSON.stringify(import.meta.resolve('../../src/store/directory-lock.ts'))}).then(async ({ lockDirectory }) => {
       await lockDirectory(${JSON.stringify(directory)}); console.log('locked'); setInterval(() => {}, 1000) })`,
  ])
  await once(holder.stdout, 'data')
  await assert.rejects(lockDirectory(directory), refusal('configuration'))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const unlock = await lockDirectory(directory)
  assert.deepEqual(await readdir(directory), ['pglite.lock'])
  await assert.rejects(lockDirectory(directory), refusal('configuration'))
  await unlock()
  // Another process that got the number of a dead holder, and a lock that is not one.
  for (const stale of [`${process.pid} 1 0-0`, '', 'nonsense']) {
    await writeFile(join(directory, 'pglite.lock'), stale)
    await (await lockDirectory(directory))()
  }
  const together = await Promise.allSettled(Array.from({ length: 5 }, () => lockDirectory(directory)))
  assert.equal(together.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a server must have been migrated, and not by a newer release', async (t) => {
  const server = await createPostgresServer()
  const url = server.url('postgres')
  const client = new Client({ connectionString: url })
  t.after(async () => {
    await client.end()
    await server.destroy()
  })
  await assert.rejects(openStore({ kind: 'postgresql', url }), refusal('configuration'))
  // Replicas that start together migrate once.
  const applied = (await Promise.all([migrateServer(url), migrateServer(url), migrateServer(url)])).flat()
  assert.deepEqual(applied, [...new Set(applied)])
  assert.ok(applied.includes('0001-core'))
  assert.deepEqual(await migrateServer(url), [])
  const store = await openStore({ kind: 'postgresql', url })
  assert.equal(store.notice, null)
  await store.close()

  await client.connect()
  await client.query(`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`)
  await assert.rejects(openStore({ kind: 'postgresql', url }), refusal('configuration'))
  await client.query(`delete from kysely_migration where name = '9999-later'`)

  // A user without the right to make roles: told what to have run, or content when it was.
  await client.query('create role modest login')
  await client.query('create database modest owner modest')
  const modest = server.url('modest').replace('postgres@', 'modest@')
  await assert.rejects(migrateServer(modest), (error: Error) => /grant app_service to/.test(error.message))
  await assert.rejects(openStore({ kind: 'postgresql', url: modest }), refusal('configuration'))
  await client.query('grant app_service to modest')
  assert.ok((await migrateServer(modest)).length > 0)
  await (await openStore({ kind: 'postgresql', url: modest })).close()
})

test('a fresh server, migrated by a user who may make roles but is no superuser', async (t) => {
  const server = await createPostgresServer()
  const client = new Client({ connectionString: server.url('postgres') })
  t.after(async () => {
    await client.end()
    await server.destroy()
  })
  await client.connect()
  await client.query('create role maker login createrole')
  await client.query('create database maker owner maker')
  const url = server.url('maker').replace('postgres@', 'maker@')
  assert.ok((await migrateServer(url)).length > 0)
  const store = await openStore({ kind: 'postgresql', url })
  await assert.rejects(sql`select * from credentials`.execute(store.db), /permission denied/)
  await store.close()
})

test('a database that is gone is storage_unavailable, and back by itself when it is back', async (t) => {
  const { db, server } = await openServerDatabase(t)
  const ping = (): Promise<unknown> => sql`select 1`.execute(db)
  await ping()
  // One connection idle, one in the middle of a transaction, one in the middle of a statement.
  let inTransaction: () => void = () => undefined
  const begun = new Promise<void>((resolve) => (inTransaction = resolve))
  let goOn: () => void = () => undefined
  const stopped = new Promise<void>((resolve) => (goOn = resolve))
  const transaction = db.transaction().execute(async (tx) => {
    await tx.insertInto('users').values({ id: 'half', created_at: new Date() }).execute()
    inTransaction()
    await stopped
    await tx.insertInto('users').values({ id: 'whole', created_at: new Date() }).execute()
  })
  const statement = sql`select pg_sleep(30)`.execute(db)
  const statementRefused = assert.rejects(statement, refusal('storage_unavailable'))
  await begun
  await new Promise((resolve) => setTimeout(resolve, 50))

  await server.stop()
  await statementRefused
  goOn()
  await assert.rejects(transaction, refusal('storage_unavailable'))
  for (let n = 0; n < 20; n++) await assert.rejects(ping(), refusal('storage_unavailable'))

  await server.start()
  await ping()
  await Promise.all(Array.from({ length: 20 }, ping))
  assert.deepEqual(await db.selectFrom('users').selectAll().execute(), [])
})

forEachDatabase((name, open) => {
  test(`a database belongs to the first master key that used it (${name})`, async (t) => {
    const { db } = await open(t)
    const [mine, other] = ['1'.repeat(32), '2'.repeat(32)]
    const [sealed, another] = [new Uint8Array([1, 2, 3]), new Uint8Array([4])]
    assert.equal(await keptMasterKey(db), null)
    await claimDatabase(db, { fingerprint: mine, sealed })
    await claimDatabase(db, { fingerprint: mine, sealed })
    await assert.rejects(claimDatabase(db, { fingerprint: other, sealed: another }), refusal('configuration'))
    assert.deepEqual(new Uint8Array((await keptMasterKey(db)) ?? []), sealed)
  })

  test(`what the database says about a statement passes as it is (${name})`, async (t) => {
    const { db } = await open(t)
    await assert.rejects(sql`select 1/0`.execute(db), (error: Error) => 'code' in error && error.code === '22012')
  })
})
