/**
 * Sessions at rest. What the enclave believes of a session (whose account, whose key, until when) is one sealed value
 * bound to the session's key: the host, who owns the database, can delete a session, but can neither make one, change
 * one, prolong one, nor pass one off as another.
 *
 * `status` stands beside it in clear: a host that sets an ended session back to active finds its facts, its credentials
 * and its events gone.
 */
import type { KeyObject } from 'node:crypto'
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { Session } from '../http/services.ts'
import type { Random } from '../ports/random.ts'
import { context } from '../sealing/context.ts'
import { open, seal } from '../sealing/seal.ts'
import type { Database } from '../store/tables.ts'

/** As sealed; `key` is in the context. */
type Facts = Omit<Session, 'key' | 'clientKey'> & { readonly clientKey: string | null }

export class SessionVault {
  readonly #branch: KeyObject
  readonly #random: Random

  /** `branch`: the `sessions` branch of the master key. */
  constructor(branch: KeyObject, random: Random) {
    this.#branch = branch
    this.#random = random
  }

  seal(session: Session): Buffer {
    const { key, clientKey, ...rest } = session
    const facts: Facts = { ...rest, clientKey: clientKey === null ? null : Buffer.from(clientKey).toString('base64') }
    return seal(this.#branch, Buffer.from(JSON.stringify(facts)), context('session', key), this.#random)
  }

  /** Throws `storage_altered` when the row is not what this enclave stored for `key`. */
  open(row: { readonly key: string; readonly sealed: Uint8Array }): Session {
    let plaintext: Buffer
    try {
      plaintext = open(this.#branch, row.sealed, context('session', row.key))
    } catch (cause) {
      throw new EnclaveError('storage_altered', 'a stored session does not open', { cause })
    }
    const { clientKey, ...rest } = JSON.parse(plaintext.toString('utf8')) as Facts
    return { key: row.key, ...rest, clientKey: clientKey === null ? null : Buffer.from(clientKey, 'base64') }
  }
}

export type StoredSession =
  | { readonly status: 'active'; readonly session: Session }
  /** Of a session that has ended, only the digest of its id and how it ended are kept. */
  | { readonly status: 'revoked' | 'expired'; readonly session: null }

/** What is stored under `key`, or null. Rejects `storage_altered`. */
export async function readSession(
  db: Kysely<Database>,
  vault: SessionVault,
  key: string,
): Promise<StoredSession | null> {
  const row = await db
    .selectFrom('sessions')
    .select(['key', 'sealed', 'status'])
    .where('key', '=', key)
    .executeTakeFirst()
  if (row === undefined) return null
  if (row.status !== 'active') return { status: row.status, session: null }
  if (row.sealed === null) throw new EnclaveError('storage_altered', 'a live session has lost its facts')
  return { status: 'active', session: vault.open({ key, sealed: row.sealed }) }
}
