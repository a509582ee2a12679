/** Tables of the transparency log. Public data: nothing here is secret, and everything is checked when it is read. */

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

const TABLES = [
  `create table merkle_logs (
     origin text primary key check (length(origin) between 1 and 255),
     checkpoint text not null)`,

  `create table merkle_tiles (
     origin text not null references merkle_logs,
     tile text not null check (tile ~ '^tile/([0-9]{1,2}|entries)/(x[0-9]{3}/)*[0-9]{3}$'),
     width integer not null check (width between 1 and 256),
     data bytea not null,
     primary key (origin, tile))`,

  `create table merkle_leaves (
     origin text not null references merkle_logs,
     leaf_hash bytea not null check (length(leaf_hash) = 32),
     index bigint not null check (index >= 0),
     primary key (origin, leaf_hash),
     unique (origin, index))`,
]

/** A log only grows: nobody may delete, and what may change is what the next checkpoint replaces. */
const GRANTS = [
  'grant select, insert, update (checkpoint) on merkle_logs to app_service',
  'grant select, insert, update (width, data) on merkle_tiles to app_service',
  'grant select, insert on merkle_leaves to app_service',
  'grant select on merkle_logs, merkle_tiles, merkle_leaves to operator_readonly',
]

export const migration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of [...TABLES, ...GRANTS]) await sql.raw(statement).execute(db)
  },
}
