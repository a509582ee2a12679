import type { Kysely } from 'kysely'
import type { Database } from '../store/tables.ts'

/** Sessions that nobody has ended yet. */
export async function countActive(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('status', '=', 'active')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
