/**
 * The audit trail of what the enclave did, in `ops_logs`: which operation, when, for which request, on what, and how it
 * ended. Only the fields below exist: no content, no address, no text from outside can reach the trail.
 *
 * Written in the transaction of the operation it records, or before its result is handed out: what cannot be written
 * down does not happen. Accesses to `credentials` are recorded by the database's own functions (migration 0001).
 */
import type { Kysely } from 'kysely'
import type { EnclaveErrorCode } from '../errors.ts'
import type { Database } from '../store/tables.ts'

export type OpsEvent =
  | 'session_submitted'
  | 'session_revoked'
  | 'certificate_issued'
  | 'record_created'
  | 'record_read'
  | 'records_listed'
  | 'record_destroyed'
  | 'token_created'
  | 'token_revoked'

export interface OpsLogEntry {
  /** Milliseconds, from the enclave's clock. */
  readonly at: number
  readonly event: OpsEvent
  readonly requestId: string
  /** `ok`, or the code with which the operation was refused. */
  readonly outcome: 'ok' | EnclaveErrorCode
  readonly sessionKey?: string
  readonly tenant?: string
  /** Identifier of the record, token or certificate. */
  readonly subject?: string
  readonly count?: number
}

export async function writeOpsLog(db: Kysely<Database>, entry: OpsLogEntry): Promise<void> {
  await db
    .insertInto('ops_logs')
    .values({
      at: new Date(entry.at),
      event: entry.event,
      request_id: entry.requestId,
      outcome: entry.outcome,
      session_key: entry.sessionKey ?? null,
      tenant: entry.tenant ?? null,
      subject: entry.subject ?? null,
      count: entry.count ?? null,
    })
    .execute()
}
