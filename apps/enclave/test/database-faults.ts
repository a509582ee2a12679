/**
 * A database that fails when told to: at its n-th statement (begin and commit count as statements), either before the
 * statement took effect or after it did and the answer was lost. What fails once, fails as a real one would:
 * `storage_unavailable`.
 */
import type { TestContext } from 'node:test'
import { type DatabaseConnection, type Dialect, type Driver, Kysely } from 'kysely'
import { withAvailability } from '../src/store/availability.ts'
import type { Database } from '../src/store/tables.ts'
import type { TestDatabase } from './database.ts'

export type FaultMode = 'failed' | 'failed_after_persisting'

export class Faults {
  /** Statements so far since the last `arm`. */
  statements = 0
  #at = 0
  #mode: FaultMode = 'failed'
  #sticky = false

  /** The `at`-th statement from now fails; every later one as well when `sticky`. Zero: none. */
  arm(at: number, mode: FaultMode, sticky = false): void {
    this.statements = 0
    this.#at = at
    this.#mode = mode
    this.#sticky = sticky
  }

  async run<T>(statement: () => Promise<T>): Promise<T> {
    this.statements += 1
    const fails = this.statements === this.#at || (this.#sticky && this.#at > 0 && this.statements > this.#at)
    if (!fails) return await statement()
    if (this.#mode === 'failed_after_persisting' && this.statements === this.#at) await statement()
    throw new Error('injected fault: the connection was lost')
  }
}

export function faultyDatabase(
  t: Pick<TestContext, 'after'>,
  database: TestDatabase,
): { readonly db: Kysely<Database>; readonly faults: Faults } {
  const faults = new Faults()
  const db = new Kysely<Database>({ dialect: withAvailability(faulty(database.dialect(), faults)) })
  // On PGlite this instance shares the one database with the harness, which closes it.
  if (database.url !== null) t.after(() => db.destroy())
  return { db, faults }
}

function faulty(inner: Dialect, faults: Faults): Dialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createDriver: () => faultyDriver(inner.createDriver(), faults),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
  }
}

function faultyDriver(driver: Driver, faults: Faults): Driver {
  const wrapped = new WeakSet<DatabaseConnection>()
  const over = new WeakSet<DatabaseConnection>()
  let inBeginOrCommit = false
  const alone = async (work: () => Promise<void>): Promise<void> => {
    inBeginOrCommit = true
    try {
      await work()
    } finally {
      inBeginOrCommit = false
    }
  }
  return {
    init: () => driver.init(),
    acquireConnection: async () => {
      const connection = await driver.acquireConnection()
      if (wrapped.has(connection)) return connection
      wrapped.add(connection)
      const execute = connection.executeQuery.bind(connection)
      // Drivers may send begin and commit through the same method: those are counted once, by the methods below.
      connection.executeQuery = (query) => (inBeginOrCommit ? execute(query) : faults.run(() => execute(query)))
      return connection
    },
    beginTransaction: async (connection, settings) => {
      over.delete(connection)
      let begun = false
      try {
        await faults.run(async () => {
          await alone(() => driver.beginTransaction(connection, settings))
          begun = true
        })
      } catch (error) {
        // Kysely believes that nothing began; a lost connection would have ended it.
        if (begun) await driver.rollbackTransaction(connection)
        throw error
      }
    },
    commitTransaction: (connection) =>
      faults.run(async () => {
        await alone(() => driver.commitTransaction(connection))
        over.add(connection)
      }),
    rollbackTransaction: async (connection) => {
      if (!over.has(connection)) await alone(() => driver.rollbackTransaction(connection))
    },
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  }
}
