/** Who may do what in the database. Each role tries every privilege on every table; the table below says what it may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { sqlState } from '../../src/store/availability.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase } from '../database.ts'

const INSUFFICIENT_PRIVILEGE = '42501'

async function privileges(owner: Kysely<Database>, role: string): Promise<Record<string, string>> {
  const { rows } = await sql<{ table_name: string; granted: string }>`
    select table_name, string_agg(lower(privilege_type), ' ' order by privilege_type) as granted
    from information_schema.role_table_grants
    where grantee = ${role} and table_schema = 'public' group by table_name`.execute(owner)
  return Object.fromEntries(rows.map((row) => [row.table_name, row.granted]))
}

async function outcomeAs(owner: Kysely<Database>, role: string, statement: string): Promise<string> {
  await sql.raw(`set role ${role}`).execute(owner)
  try {
    await sql.raw(statement).execute(owner)
    return 'allowed'
  } catch (error) {
    return sqlState(error) ?? String(error)
  } finally {
    await sql`set role none`.execute(owner)
  }
}

forEachDatabase((name, open) => {
  test(`statements run as app_service (${name})`, async (t) => {
    const { db } = await open(t)
    const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db)
    assert.deepEqual(rows, [{ role: 'app_service' }])
  })

  test(`operator_readonly reads, and never credentials or sealed state (${name})`, async (t) => {
    const { asOwner } = await open(t)
    await asOwner(async (owner) => {
      const granted = await privileges(owner, 'operator_readonly')
      for (const [table, rights] of Object.entries(granted)) assert.equal(rights, 'select', table)
      for (const table of ['credentials', 'events', 'signing_keys', 'records', 'tokens', 'used_nonces']) {
        assert.equal(granted[table], undefined, table)
      }
      for (const table of ['users', 'sessions', 'aggregates', 'ops_logs', 'key_epochs']) {
        assert.equal(await outcomeAs(owner, 'operator_readonly', `select * from ${table}`), 'allowed', table)
      }
      assert.equal(await outcomeAs(owner, 'operator_readonly', 'select session_key, fence from collections'), 'allowed')
      for (const statement of [
        'select * from credentials',
        'select count(*) from credentials',
        'select sealed from collections',
        'select * from events',
        `select * from credentials_open('${'0'.repeat(64)}', now(), 'r', 'curious')`,
        `select * from purge_expired(now(), 'r')`,
        'delete from ops_logs',
        'update sessions set expires_at = now()',
        'create table mine (x int)',
      ]) {
        assert.equal(await outcomeAs(owner, 'operator_readonly', statement), INSUFFICIENT_PRIVILEGE, statement)
      }
    })
  })

  test(`app_service reaches credentials through the audited functions only (${name})`, async (t) => {
    const { asOwner } = await open(t)
    await asOwner(async (owner) => {
      assert.equal((await privileges(owner, 'app_service'))['credentials'], undefined)
      for (const statement of [
        'select * from credentials',
        'select session_key from credentials',
        'delete from credentials',
        `insert into credentials (session_key) values ('x')`,
        'truncate credentials',
        // Its own trail it may only add to, and a session it cannot bring back to life.
        'select * from ops_logs',
        'update ops_logs set at = now()',
        'delete from ops_logs',
        `update sessions set status = 'active'`,
        'delete from used_nonces',
        'alter table credentials disable trigger all',
        'drop table events',
        'create table mine (x int)',
      ]) {
        assert.equal(await outcomeAs(owner, 'app_service', statement), INSUFFICIENT_PRIVILEGE, statement)
      }
    })
  })

  test(`nothing is granted to everybody (${name})`, async (t) => {
    const { asOwner } = await open(t)
    await asOwner(async (owner) => {
      assert.deepEqual(await privileges(owner, 'PUBLIC'), {})
      const { rows } = await sql<{ name: string }>`
        select proname as name from pg_proc join pg_namespace n on n.oid = pronamespace
        where n.nspname = 'public' and prosecdef
          and (proacl is null or exists (select from aclexplode(proacl) where grantee = 0))`.execute(owner)
      assert.deepEqual(rows, [])
    })
  })
})
