/** Every migration, in order of its name. Listed, not found: what runs is what was measured. */
import type { Migration } from 'kysely/migration'
import { migration as core } from './0001-core.ts'
import { migration as log } from './0002-log.ts'

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-core': core,
  '0002-log': log,
}
