/** Ties a database to the master key whose seals it holds, so that a lost or swapped key file is noticed before anything is written. */
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { MasterKey } from '../sealing/master-key.ts'
import type { Database } from './tables.ts'

/** Rejects `configuration` when the database belongs to another master key. The first enclave to come owns it. */
export async function claimDatabase(db: Kysely<Database>, masterKey: Pick<MasterKey, 'fingerprint'>): Promise<void> {
  await db
    .insertInto('enclave_identity')
    .values({ fingerprint: masterKey.fingerprint })
    .onConflict((conflict) => conflict.column('single').doNothing())
    .execute()
  const { fingerprint } = await db.selectFrom('enclave_identity').select('fingerprint').executeTakeFirstOrThrow()
  if (fingerprint !== masterKey.fingerprint) {
    throw new EnclaveError(
      'configuration',
      'the database was written under another master key: nothing in it could be opened. Restore the tee_master_key.bin that belongs to it, or start with an empty database',
    )
  }
}
