/**
 * Sealed records of applications (F1, F2, F4). Whatever is asked of a record is written into the audit trail with the
 * request, before the answer leaves; the content never is.
 */
import type { Kysely } from 'kysely'
import { type OpsEvent, writeOpsLog } from '../audit/ops-log.ts'
import { EnclaveError } from '../errors.ts'
import type { RecordMetadata, RecordService, RequestContext } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Database } from '../store/tables.ts'
import { decodePosition, encodePosition } from './position.ts'
import type { RecordVault } from './record-vault.ts'

export interface RecordParts {
  readonly db: Kysely<Database>
  readonly vault: Pick<RecordVault, 'seal' | 'open'>
  readonly clock: Clock
  readonly random: Random
}

const METADATA = ['id', 'created_at', 'size', 'content_type', 'label'] as const

export function createRecords({ db, vault, clock, random }: RecordParts): RecordService {
  return {
    async create(tenant, { data, contentType, label }, context) {
      const id = Buffer.from(random.bytes(16)).toString('base64url')
      const metadata: RecordMetadata = { id, createdAt: clock.now(), size: data.length, contentType, label }
      const { keyVersion, wrappedKey, sealed } = vault.seal(tenant, metadata, data)
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto('records')
          .values({
            id,
            tenant,
            created_at: new Date(metadata.createdAt),
            size: metadata.size,
            content_type: contentType,
            label,
            key_version: keyVersion,
            wrapped_key: wrappedKey,
            sealed,
          })
          .execute()
        await audit(tx, 'record_created', tenant, id, context)
      })
      return metadata
    },

    async read(tenant, id, context) {
      const row = await db
        .selectFrom('records')
        .select([...METADATA, 'key_version', 'wrapped_key', 'sealed'])
        .where('tenant', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst()
      if (row === undefined) throw await refused('record_unknown', 'record_read', tenant, id, context)
      const metadata = metadataOf(row)
      let data: Buffer
      try {
        data = vault.open(tenant, metadata, {
          keyVersion: row.key_version,
          wrappedKey: row.wrapped_key,
          sealed: row.sealed,
        })
      } catch (error) {
        await audit(db, 'record_read', tenant, id, context, 'record_altered')
        throw error
      }
      try {
        await audit(db, 'record_read', tenant, id, context)
      } catch (error) {
        data.fill(0)
        throw error
      }
      return { ...metadata, data }
    },

    async list(tenant, { limit, after }, context) {
      let query = db.selectFrom('records').select(METADATA).where('tenant', '=', tenant)
      if (after !== null) {
        const { createdAt, id } = decodePosition(after)
        query = query.where((row) => row.eb(row.refTuple('created_at', 'id'), '>', row.tuple(new Date(createdAt), id)))
      }
      const rows = await query
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      const records = rows.slice(0, limit).map(metadataOf)
      await writeOpsLog(db, {
        at: clock.now(),
        event: 'records_listed',
        requestId: context.requestId,
        outcome: 'ok',
        tenant,
        count: records.length,
      })
      const last = records.at(-1)
      return { records, next: rows.length > limit && last !== undefined ? encodePosition(last) : null }
    },

    /**
     * Crypto-shredding: with the row goes the only copy of the record's data key, so that copies of the ciphertext stay
     * closed for ever. Pages and backups that the host kept of the row itself end with the key that wraps it.
     */
    async destroy(tenant, id, context) {
      const destroyed = await db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('records')
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        if (numDeletedRows !== 1n) return false
        await audit(tx, 'record_destroyed', tenant, id, context)
        return true
      })
      if (!destroyed) throw await refused('record_unknown', 'record_destroyed', tenant, id, context)
    },
  }

  async function audit(
    on: Kysely<Database>,
    event: OpsEvent,
    tenant: string,
    subject: string,
    { requestId }: RequestContext,
    outcome: 'ok' | 'record_unknown' | 'record_altered' = 'ok',
  ): Promise<void> {
    await writeOpsLog(on, { at: clock.now(), event, requestId, outcome, tenant, subject })
  }

  async function refused(
    code: 'record_unknown',
    event: OpsEvent,
    tenant: string,
    id: string,
    context: RequestContext,
  ): Promise<EnclaveError> {
    await audit(db, event, tenant, id, context, code)
    return new EnclaveError(code, 'there is no such record')
  }
}

function metadataOf(row: {
  id: string
  created_at: Date
  size: number
  content_type: string
  label: string | null
}): RecordMetadata {
  return {
    id: row.id,
    createdAt: row.created_at.getTime(),
    size: row.size,
    contentType: row.content_type,
    label: row.label,
  }
}
