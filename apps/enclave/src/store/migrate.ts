/** Brings a database to the schema this enclave was written for. Run by the owner of the tables, never as `app_service`. */

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { EnclaveError } from '../errors.ts'
import { MIGRATIONS } from './migrations/index.ts'

/**
 * Applies what is missing, all of it or none, and returns the names applied. Several replicas may call it at once.
 * Rejects `configuration` when the database user lacks a right, `storage_unavailable` when there is no database.
 */
export async function migrate<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  const provider = { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) }
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest()
  if (error !== undefined) {
    if (error instanceof EnclaveError) throw error
    throw new EnclaveError('configuration', 'the database could not be brought to the schema of this release', {
      cause: error,
    })
  }
  return (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName)
}

/** Names of the migrations the database lacks. Rejects `configuration` when it has some this release does not know. */
export async function pendingMigrations<Tables>(db: Kysely<Tables>): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ there: boolean }>`
    select to_regclass('public.kysely_migration') is not null as there`.execute(db)
  if (tables[0]?.there !== true) return Object.keys(MIGRATIONS)
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  const applied = new Set(rows.map(({ name }) => name))
  if ([...applied].some((name) => !Object.hasOwn(MIGRATIONS, name))) {
    throw new EnclaveError('configuration', 'the database has a newer schema than this release knows')
  }
  return Object.keys(MIGRATIONS).filter((name) => !applied.has(name))
}
