/**
 * Where an enclave of these tests keeps its data: a folder of its own, and with it either the embedded database inside
 * that folder or one on a real PostgreSQL server. A place outlives the enclaves that are started in it.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, sql } from 'kysely'
import { PGLITE_OPTIONS, pgliteDialect } from '../../src/store/pglite.ts'
import type { Database } from '../../src/store/tables.ts'
import { type DatabaseName, forEachDatabase } from '../database.ts'

export interface Place {
  readonly name: DatabaseName
  readonly dataDirectory: string
  /** Null: the embedded database. */
  readonly databaseUrl: string | null
  /**
   * Runs `work` as the owner of the tables, as the host could. The embedded database has room for one process, so stop
   * the enclave first there.
   */
  asOwner<T>(work: (owner: Kysely<Database>) => Promise<T>): Promise<T>
}

export type OpenPlace = (t: Pick<TestContext, 'after'>) => Promise<Place>

/** Registers the tests of `suite` once per kind of database; both the real thing. */
export function forEachPlace(suite: (name: DatabaseName, open: OpenPlace) => void): void {
  forEachDatabase((name, open) => {
    suite(name, async (t) => {
      const dataDirectory = await temporaryFolder()
      if (name === 'pglite') return embedded(dataDirectory)
      const { url, asOwner } = await open(t)
      return { name, dataDirectory, databaseUrl: url, asOwner }
    })
  })
}

/** Registers the tests of `suite` for the PostgreSQL server alone, where the owner can look while the enclave runs. */
export function onServer(suite: (open: OpenPlace) => void): void {
  forEachPlace((name, open) => {
    if (name === 'postgresql') suite(open)
  })
}

/** A folder that is gone when the tests of this file are. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'enclave-e2e-'))
  folders.push(folder)
  return folder
}

const folders: string[] = []
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

function embedded(dataDirectory: string): Place {
  return {
    name: 'pglite',
    dataDirectory,
    databaseUrl: null,
    asOwner: async (work) => {
      const pglite = await PGlite.create(join(dataDirectory, 'pglite'), PGLITE_OPTIONS)
      const db = new Kysely<Database>({ dialect: pgliteDialect(pglite) })
      try {
        return await work(db)
      } finally {
        await db.destroy()
      }
    },
  }
}

/** How many rows each table holds, those of the schema's own bookkeeping left out. */
export async function countRows(owner: Kysely<Database>): Promise<Readonly<Record<string, number>>> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_catalog.pg_tables
    where schemaname = 'public' and tablename not like 'kysely%' order by tablename`.execute(owner)
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const counted = await sql<{ count: number }>`select count(*)::int as count from ${sql.table(name)}`.execute(owner)
    counts[name] = counted.rows[0]?.count ?? -1
  }
  return counts
}
