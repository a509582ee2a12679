/** Key epochs: each start of the collector makes new submission keys, and gets the next number. */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { CollectorKeys } from '../ports/collector.ts'
import type { Database } from '../store/tables.ts'

/** Public halves of the keys of an epoch. */
export interface EpochKeys extends CollectorKeys {
  readonly signEd25519: Uint8Array
  readonly signMlDsa65: Uint8Array
}

/** Writes down that these keys are in use from now on and returns the number of their epoch. */
export async function beginKeyEpoch(db: Kysely<Database>, release: string, keys: EpochKeys): Promise<number> {
  const digest = createHash('sha256')
  for (const key of [keys.hpkeX25519, keys.hpkeXWing, keys.signEd25519, keys.signMlDsa65]) digest.update(key)
  const { epoch } = await db
    .insertInto('key_epochs')
    .values({ release, keys_sha256: digest.digest('hex') })
    .returning('epoch')
    .executeTakeFirstOrThrow()
  return Number(epoch)
}
