/**
 * Submission nonces count once. The database makes that true across replicas and restarts. The set in memory makes it
 * true against the host, who owns the database and sees every submission pass: it could delete the row and submit a
 * recorded envelope again, to be handed a session id for somebody else's account. A restart makes new HPKE keys, under
 * which no recorded envelope opens, so the set need not outlive the process.
 */
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { Database } from '../store/tables.ts'

export class NonceClaims {
  readonly #seen = new Set<string>()

  /** Rejects `nonce_replayed` when `nonce` was claimed before. Call it for authentic submissions only. */
  async claim(db: Kysely<Database>, nonce: Uint8Array, now: number): Promise<void> {
    const name = Buffer.from(nonce).toString('base64')
    if (this.#seen.has(name)) throw replayed()
    this.#seen.add(name)
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('used_nonces')
      .values({ nonce, used_at: new Date(now) })
      .onConflict((conflict) => conflict.column('nonce').doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n) throw replayed()
  }
}

function replayed(): EnclaveError {
  return new EnclaveError('nonce_replayed', 'this submission was received before; encrypt again, with a new nonce')
}
