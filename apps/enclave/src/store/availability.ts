/**
 * A database that is gone, starting, full or out of time is one thing to the rest of the enclave:
 * `storage_unavailable`. What the database says about a statement (a constraint, a missing right) passes as it is, but
 * for the one refusal that is a rule of ours: `session_revoked`.
 */
import type { DatabaseConnection, Dialect, Driver } from 'kysely'
import { EnclaveError } from '../errors.ts'

/**
 * Classes of SQLSTATE (PostgreSQL appendix A) that speak of the server and not of the statement: connection, resources,
 * operator intervention (also a statement that timed out), system error, internal error.
 */
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58', 'XX'])
/** A read-only transaction: a primary that became a standby. */
const READ_ONLY = '25006'

/** SQLSTATE raised by migration 0001 when something is written for a session that has ended; a class of our own. */
export const SESSION_ENDED = 'PA410'

const RETRY_AFTER_SECONDS = 5

/** `inner`, with every failure to reach or use the database turned into `storage_unavailable`. */
export function withAvailability(inner: Dialect): Dialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createDriver: () => translate(inner.createDriver()),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
  }
}

/** The SQLSTATE of an error the server itself sent, on either driver; undefined for everything else. */
export function sqlState(error: unknown): string | undefined {
  // `severity` tells the server's own errors from Node's, whose codes (EPIPE) may look like a SQLSTATE.
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function translateError(error: unknown): unknown {
  if (error instanceof EnclaveError) return error
  const state = sqlState(error)
  if (state === SESSION_ENDED) return new EnclaveError('session_revoked', 'this session has ended', { cause: error })
  if (state !== undefined && state !== READ_ONLY && !UNAVAILABLE_CLASSES.has(state.slice(0, 2))) return error
  return new EnclaveError('storage_unavailable', 'the database does not answer', {
    cause: error,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  })
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translateError(error)
  }
}

function translate(driver: Driver): Driver {
  const guarded = new WeakSet<DatabaseConnection>()
  // Kysely's drivers keep private state on their own connection objects, so the connection is guarded in place.
  const guardConnection = (connection: DatabaseConnection): DatabaseConnection => {
    if (guarded.has(connection)) return connection
    guarded.add(connection)
    const execute = connection.executeQuery.bind(connection)
    connection.executeQuery = (query) => guard(() => execute(query))
    return connection
  }
  return {
    init: () => guard(() => driver.init()),
    acquireConnection: () => guard(async () => guardConnection(await driver.acquireConnection())),
    beginTransaction: (connection, settings) => guard(() => driver.beginTransaction(connection, settings)),
    commitTransaction: (connection) => guard(() => driver.commitTransaction(connection)),
    rollbackTransaction: (connection) => guard(() => driver.rollbackTransaction(connection)),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  }
}
