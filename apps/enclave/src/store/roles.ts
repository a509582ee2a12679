/**
 * Two roles, both without login: `app_service`, which the service becomes on every connection, and
 * `operator_readonly`, for people: never `credentials`, no sealed state, nothing to write.
 * Login users are the operator's: `grant operator_readonly to alice`.
 */

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { EnclaveError } from '../errors.ts'

const ROLES = ['app_service', 'operator_readonly'] as const

/** What an administrator runs once, when the service's own user may not create roles. */
const ROLES_SQL = [
  ...ROLES.map((role) => `create role ${role} nologin`),
  'grant app_service to <the user of DATABASE_URL>',
].join('; ')

/** Roles belong to the whole server: another database may have made them, or be making them now. */
export async function createRoles(db: Kysely<unknown>): Promise<void> {
  const missing: string[] = []
  for (const role of ROLES) {
    await sql
      .raw(
        `do $$ begin
           if not exists (select from pg_catalog.pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
         exception when duplicate_object or unique_violation or insufficient_privilege then null;
         end $$`,
      )
      .execute(db)
    const { rows } = await sql`select from pg_catalog.pg_roles where rolname = ${role}`.execute(db)
    if (rows.length === 0) missing.push(role)
  }
  // Who made a role may grant it, and since PostgreSQL 16 has to, even to itself. Who may not was granted it, or will be told.
  await sql`
    do $$ begin
      if not (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
        execute pg_catalog.format('grant app_service to %I', session_user);
      end if;
    exception when insufficient_privilege or undefined_object then null;
    end $$`.execute(db)
  if (missing.length > 0 || !(await mayBecomeService(db))) {
    throw new EnclaveError(
      'configuration',
      `the database user may not create the roles ${ROLES.join(' and ')}; as an administrator, run once: ${ROLES_SQL}`,
    )
  }
}

async function mayBecomeService(db: Kysely<unknown>): Promise<boolean> {
  // From PostgreSQL 16 on a member need not be allowed to `set role`.
  const { rows } = await sql<{ may: boolean }>`
    select pg_catalog.pg_has_role(session_user, oid,
      case when pg_catalog.current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end) as may
    from pg_catalog.pg_roles where rolname = 'app_service'`.execute(db)
  return rows[0]?.may === true
}
