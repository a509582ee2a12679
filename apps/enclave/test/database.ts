/**
 * The same suite on both databases the enclave runs on: PGlite, and a real PostgreSQL server that the tests bring up
 * themselves. There is no way to skip one: where the server cannot start, the test fails and says why.
 *
 *     import { forEachDatabase } from '../database.ts'
 *
 *     forEachDatabase((name, open) => {
 *       test(`a record survives (${name})`, async (t) => {
 *         const { db, asOwner } = await open(t)         // migrated, empty, this test's own; given back by itself
 *         await db.insertInto('records')…               // as `app_service`, like the service: missing grants fail here
 *         await asOwner((owner) => owner.deleteFrom('records').execute())   // what a hostile host could do
 *       })
 *     })
 *
 * A database is emptied and used again by the next test, so a test must leave tables and roles as they are.
 * The first `open` of a process costs about half a second on PGlite (from a cached image; four without) and one and a
 * half on PostgreSQL, the next ones a few milliseconds. `openServerDatabase` gives a server of its own to tests that
 * stop it.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { type Dialect, Kysely, sql } from 'kysely'
import { Client } from 'pg'
import { migrate } from '../src/store/migrate.ts'
import { migrateServer } from '../src/store/open.ts'
import { PGLITE_OPTIONS, pgliteDialect } from '../src/store/pglite.ts'
import { postgresDialect } from '../src/store/postgres.ts'
import type { Database } from '../src/store/tables.ts'
import { createPostgresServer, type PostgresServer } from './postgres-server.ts'

export type DatabaseName = 'pglite' | 'postgresql'

export interface TestDatabase {
  /** Every statement as `app_service`. */
  readonly db: Kysely<Database>
  /** Every statement of `work` as the owner of the tables, on a connection of its own. */
  readonly asOwner: <T>(work: (owner: Kysely<Database>) => Promise<T>) => Promise<T>
  /** A further way in as `app_service`, for `faultyDatabase`. */
  readonly dialect: () => Dialect
  /** The address, where there is a server. */
  readonly url: string | null
}

export type OpenDatabase = (t: Pick<TestContext, 'after'>) => Promise<TestDatabase>

/** Registers the tests of `suite` once per database. */
export function forEachDatabase(suite: (name: DatabaseName, open: OpenDatabase) => void): void {
  suite('pglite', reusing(createPglite))
  suite('postgresql', reusing(createOnServer))
}

/** A database on a PostgreSQL server of its own, which the test may stop and start. */
export async function openServerDatabase(
  t: Pick<TestContext, 'after'>,
): Promise<TestDatabase & { readonly server: PostgresServer }> {
  const server = await createPostgresServer()
  const database = onServer(server.url('postgres'))
  t.after(async () => {
    await database.close()
    await server.destroy()
  })
  await migrateServer(server.url('postgres'))
  return { ...database, server }
}

interface OwnedDatabase extends TestDatabase {
  close(): Promise<void>
}

const atEnd: (() => Promise<void>)[] = []
after(async () => {
  for (const end of atEnd.toReversed()) await end()
})

function reusing(create: () => Promise<OwnedDatabase>): OpenDatabase {
  const idle: OwnedDatabase[] = []
  return async (t) => {
    const database = idle.pop() ?? closedAtEnd(await create())
    t.after(async () => {
      await database.asOwner(empty)
      idle.push(database)
    })
    return database
  }
}

function closedAtEnd(database: OwnedDatabase): OwnedDatabase {
  atEnd.push(() => database.close())
  return database
}

async function empty(owner: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_catalog.pg_tables
    where schemaname = 'public' and tablename not like 'kysely%'`.execute(owner)
  await sql.raw(`truncate ${rows.map(({ name }) => name).join(', ')} restart identity cascade`).execute(owner)
}

async function createPglite(): Promise<OwnedDatabase> {
  const pglite = await PGlite.create({ ...PGLITE_OPTIONS, loadDataDir: await migratedImage() })
  const db = new Kysely<Database>({ dialect: pgliteDialect(pglite) })
  await sql`set role app_service`.execute(db)
  return {
    db,
    url: null,
    dialect: () => pgliteDialect(pglite),
    asOwner: (work) =>
      db.connection().execute(async (connection) => {
        await sql`set role none`.execute(connection)
        try {
          return await work(connection)
        } finally {
          await sql`set role app_service`.execute(connection)
        }
      }),
    close: () => db.destroy(),
  }
}

/** A migrated data directory, kept between runs: making one takes PGlite four seconds, loading it a third of one. */
async function migratedImage(): Promise<Blob> {
  const store = join(import.meta.dirname, '../src/store')
  const digest = createHash('sha256').update(readFileSync(new URL(import.meta.resolve('@electric-sql/pglite'))))
  const sources = globSync(['migrations/*.ts', 'roles.ts', 'migrate.ts'], { cwd: store }).sort()
  for (const source of sources) digest.update(readFileSync(join(store, source)))
  const cache = join(import.meta.dirname, '../../../node_modules/.cache/perf-aggregator')
  const file = join(cache, `pglite-${digest.digest('hex').slice(0, 32)}.tar`)
  if (existsSync(file)) return new Blob([readFileSync(file)])

  const pglite = await PGlite.create(PGLITE_OPTIONS)
  const db = new Kysely<Database>({ dialect: pgliteDialect(pglite) })
  await migrate(db)
  const image = await pglite.dumpDataDir('none')
  await db.destroy()
  mkdirSync(cache, { recursive: true })
  writeFileSync(`${file}.${process.pid}`, new Uint8Array(await image.arrayBuffer()))
  renameSync(`${file}.${process.pid}`, file)
  return image
}

const TEMPLATE = 'migrated'
let shared: Promise<PostgresServer> | null = null
let databases = 0

async function createOnServer(): Promise<OwnedDatabase> {
  shared ??= startShared()
  const server = await shared
  const name = `test${databases++}`
  await administer(server, `create database ${name} template ${TEMPLATE}`)
  return onServer(server.url(name))
}

async function startShared(): Promise<PostgresServer> {
  const server = await createPostgresServer()
  // First in, last out: the connections to it are closed before.
  atEnd.unshift(() => server.destroy())
  await administer(server, `create database ${TEMPLATE}`)
  await migrateServer(server.url(TEMPLATE))
  return server
}

async function administer(server: PostgresServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: server.url('postgres') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function onServer(url: string): OwnedDatabase {
  const db = new Kysely<Database>({ dialect: postgresDialect(url, 'app_service') })
  const owner = new Kysely<Database>({ dialect: postgresDialect(url, null) })
  return {
    db,
    url,
    dialect: () => postgresDialect(url, 'app_service'),
    asOwner: (work) => owner.connection().execute(work),
    close: async () => {
      await db.destroy()
      await owner.destroy()
    },
  }
}
