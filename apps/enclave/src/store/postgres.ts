/** A PostgreSQL server (16 or newer tested; see the test harness), through a pool with limits on everything that can wait. */

import type { Dialect } from 'kysely'
import { PostgresDialect } from 'kysely'
import { type ClientBase, DatabaseError, Pool, TypeOverrides } from 'pg'
import { EnclaveError } from '../errors.ts'
import { withAvailability } from './availability.ts'
import { BYTEA, parseBytea } from './bytea.ts'

/** Milliseconds. A request must fail as `storage_unavailable` well before its client gives up. */
const LIMITS = {
  max: 10,
  connectionTimeoutMillis: 3_000,
  idleTimeoutMillis: 30_000,
  /** The server gives a statement up … */
  statement_timeout: 15_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 30_000,
  /** … and this side gives the server up: a network that swallows packets never says anything. */
  query_timeout: 20_000,
  keepAlive: true,
} as const

/** `int8` stays text (the driver's default), `bytea` is a plain `Uint8Array` as on PGlite. */
const types = new TypeOverrides()
types.setTypeParser(BYTEA, 'text', parseBytea)

/**
 * @param role the role every connection takes before its first statement; null stays the user of `url`.
 */
export function postgresDialect(url: string, role: 'app_service' | null): Dialect {
  const pool = new Pool({
    connectionString: url,
    application_name: 'perf-aggregator',
    types,
    ...LIMITS,
    // The pool waits for it before it hands the connection out, though its types say otherwise.
    onConnect: (client): unknown => prepare(client, role),
  })
  // The same as below for connections that wait in the pool: it replaces them by itself.
  pool.on('error', ignore)
  return withAvailability(new PostgresDialect({ pool }))
}

async function prepare(client: ClientBase, role: string | null): Promise<void> {
  // A connection that dies between two statements of a transaction has no one else listening, and an unheard
  // 'error' event would end the process. The next statement on it fails, which is how we learn of it.
  client.on('error', ignore)
  if (role === null) return
  try {
    await client.query(`set role ${role}`)
  } catch (cause) {
    const missing = cause instanceof DatabaseError && (cause.code === '22023' || cause.code === '42501')
    if (!missing) throw cause
    throw new EnclaveError('configuration', `the database user may not become ${role}: run the migrations first`, {
      cause,
    })
  }
}

function ignore(): void {
  // Nothing to do: see where it is used.
}
