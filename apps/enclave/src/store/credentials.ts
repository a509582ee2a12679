/** The audited ways to the table `credentials`; there are no others. */
import { type Kysely, sql } from 'kysely'
import type { SealedCredentials } from '../ports/collector.ts'
import type { Database } from './tables.ts'

/** The column `tag` holds the last bytes of the sealed credentials, as a submission's does. */
const TAG_BYTES = 16

/** Who touches credentials, when and why: what the audit trail keeps. */
export interface CredentialsAccess {
  readonly sessionKey: string
  /** Milliseconds, from the enclave's clock. */
  readonly now: number
  readonly requestId: string
}

/** @param envelope public parts of the submission they came in: where these credentials came from. */
export async function storeCredentials(
  db: Kysely<Database>,
  access: CredentialsAccess,
  credentials: SealedCredentials,
  envelope: { readonly encapsulatedKey: Uint8Array; readonly nonce: Uint8Array },
): Promise<void> {
  const split = credentials.ciphertext.length - TAG_BYTES
  await sql`select credentials_store(${access.sessionKey}, ${base64(envelope.encapsulatedKey)}, ${base64(envelope.nonce)},
    ${base64(credentials.ciphertext.subarray(0, split))}, ${base64(credentials.ciphertext.subarray(split))},
    ${base64(credentials.wrappedKey)}, ${new Date(access.now)}, ${access.requestId})`.execute(db)
}

/** The sealed credentials of a live session, or null. `reason`: a code, for example `collector_restart`. */
export async function openCredentials(
  db: Kysely<Database>,
  access: CredentialsAccess,
  reason: string,
): Promise<SealedCredentials | null> {
  const { rows } = await sql<{ ciphertext: string; tag: string; wrapped_key: string }>`
    select ciphertext, tag, wrapped_key
    from credentials_open(${access.sessionKey}, ${new Date(access.now)}, ${access.requestId}, ${reason})`.execute(db)
  const row = rows[0]
  if (row === undefined) return null
  return {
    wrappedKey: Buffer.from(row.wrapped_key, 'base64'),
    ciphertext: Buffer.concat([Buffer.from(row.ciphertext, 'base64'), Buffer.from(row.tag, 'base64')]),
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
