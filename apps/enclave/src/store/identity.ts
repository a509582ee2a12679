/**
 * Ties a database to the master key whose seals it holds, so that a lost or swapped key file is noticed before anything is
 * written, and keeps that key as it was sealed: where the disk does not outlive the enclave, it comes back from here.
 */
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { MasterKey } from '../sealing/master-key.ts'
import type { Database } from './tables.ts'

/** The sealed master key of the enclave that owns the database; null while none does. Nothing vouches for it but that it opens. */
export async function keptMasterKey(db: Kysely<Database>): Promise<Uint8Array | null> {
  const owner = await db.selectFrom('enclave_identity').select('sealed_master_key').executeTakeFirst()
  return owner?.sealed_master_key ?? null
}

/** Rejects `configuration` when the database belongs to another master key. The first enclave to come owns it. */
export async function claimDatabase(
  db: Kysely<Database>,
  masterKey: Pick<MasterKey, 'fingerprint' | 'sealed'>,
): Promise<void> {
  await db
    .insertInto('enclave_identity')
    .values({ fingerprint: masterKey.fingerprint, sealed_master_key: masterKey.sealed })
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
