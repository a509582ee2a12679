/** The embedded database: PostgreSQL compiled to WebAssembly, in this process. Measured by nobody but us: same SQL, same suite. */

import type { PGliteOptions } from '@electric-sql/pglite'
import { PGlite } from '@electric-sql/pglite'
import type { Dialect } from 'kysely'
import { PGliteDialect } from 'kysely'
import { withAvailability } from './availability.ts'
import { BYTEA, parseBytea } from './bytea.ts'

const INT8 = 20

/**
 * PGlite itself would answer `int8` as a number or a bigint depending on its size, and read `bytea` digit by digit: a
 * history of ten thousand events then takes four times as long to read.
 */
export const PGLITE_OPTIONS = {
  parsers: {
    [BYTEA]: parseBytea,
    [INT8]: (text: string): string => text,
  },
} as const satisfies PGliteOptions

/** What a user must know before trusting it. */
export const PGLITE_NOTICE =
  'storage: embedded PGlite. It survives a killed process, but it does not fsync: a power cut can lose the last writes. Set DATABASE_URL to use a PostgreSQL server.'

export async function openPglite(directory: string): Promise<PGlite> {
  return await PGlite.create(directory, PGLITE_OPTIONS)
}

export function pgliteDialect(pglite: PGlite): Dialect {
  return withAvailability(new PGliteDialect({ pglite }))
}
