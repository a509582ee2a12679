/** Opens the enclave's database: PGlite in the data directory, or the PostgreSQL server of `DATABASE_URL`. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { EnclaveError } from '../errors.ts'
import { lockDirectory } from './directory-lock.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { openPglite, PGLITE_NOTICE, pgliteDialect } from './pglite.ts'
import { postgresDialect } from './postgres.ts'
import type { Database } from './tables.ts'

export interface Store {
  readonly kind: 'pglite' | 'postgresql'
  /** Every statement runs as `app_service`. Rejections: `storage_unavailable`, or the database's own error. */
  readonly db: Kysely<Database>
  /** What the operator must know of this kind of storage, or null. */
  readonly notice: string | null
  /** Rejects `storage_unavailable` when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export type StoreLocation =
  | { readonly kind: 'pglite'; readonly dataDirectory: string }
  | { readonly kind: 'postgresql'; readonly url: string }

/**
 * PGlite is migrated on the way, for it has no other user. A PostgreSQL server must have been migrated before
 * (`npm run migrate`), because the service needs no right to create anything: otherwise `configuration`.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  return location.kind === 'pglite' ? await openEmbedded(location.dataDirectory) : await openServer(location.url)
}

async function openEmbedded(dataDirectory: string): Promise<Store> {
  const directory = join(dataDirectory, 'pglite')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unlock = await lockDirectory(dataDirectory)
  try {
    const db = new Kysely<Database>({ dialect: pgliteDialect(await openPglite(directory)) })
    const close = async (): Promise<void> => {
      await db.destroy()
      await unlock()
    }
    try {
      await migrate(db)
      await sql`set role app_service`.execute(db)
    } catch (error) {
      await db.destroy()
      throw error
    }
    return { kind: 'pglite', db, notice: PGLITE_NOTICE, ping: () => ping(db), close }
  } catch (error) {
    await unlock()
    throw error
  }
}

async function openServer(url: string): Promise<Store> {
  const db = new Kysely<Database>({ dialect: postgresDialect(url, 'app_service') })
  try {
    const pending = await pendingMigrations(db)
    if (pending.length > 0) {
      throw new EnclaveError('configuration', `the database lacks ${pending.join(', ')}: run "npm run migrate" first`)
    }
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { kind: 'postgresql', db, notice: null, ping: () => ping(db), close: () => db.destroy() }
}

/** What `npm run migrate` does: the migrations applied, by name. The user of `DATABASE_URL` must own the database. */
export async function migrateServer(url: string): Promise<readonly string[]> {
  const db = new Kysely<Database>({ dialect: postgresDialect(url, null) })
  try {
    return await migrate(db)
  } finally {
    await db.destroy()
  }
}

async function ping(db: Kysely<Database>): Promise<void> {
  await sql`select 1`.execute(db)
}
