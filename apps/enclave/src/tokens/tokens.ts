/**
 * Bearer tokens of applications: `pa_` and 32 random bytes as base64url. Shown once, stored as a digest. Each row
 * carries a MAC over what the token may do, under a branch of the master key: the host, who owns the database, cannot
 * write itself a token, move one to another tenant or prolong it.
 */
import { createHash, createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import { writeOpsLog } from '../audit/ops-log.ts'
import { EnclaveError } from '../errors.ts'
import type { TokenService } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { context } from '../sealing/context.ts'
import type { Database, TokensTable } from '../store/tables.ts'

const AUTHORIZATION = /^Bearer +(pa_[A-Za-z0-9_-]{43})$/i
const TENANT = /^[A-Za-z0-9._-]{1,64}$/
const DAY = 86_400_000
const MAX_DAYS = 3_650

export type TokenScope = 'records'

export interface TokenMetadata {
  readonly id: string
  readonly tenant: string
  readonly scopes: readonly string[]
  /** RFC 3339, as the other times here. */
  readonly createdAt: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}

/** What an operator does with tokens, on the command line. */
export interface TokenAdministration {
  /** The one time the token itself is seen. Rejects `invalid_request`. */
  create(
    tenant: string,
    scopes: readonly TokenScope[],
    days: number,
  ): Promise<TokenMetadata & { readonly token: string }>
  /** Without the tokens, oldest first, the revoked and expired included. */
  list(tenant: string): Promise<readonly TokenMetadata[]>
  /** Idempotent. Rejects `token_invalid` when the tenant has no such token. */
  revoke(tenant: string, id: string): Promise<void>
}

export interface TokenParts {
  readonly db: Kysely<Database>
  readonly clock: Clock
  readonly random: Random
  /** The `tokens` branch of the master key. */
  readonly branch: KeyObject
}

export function createTokens(parts: Pick<TokenParts, 'db' | 'clock' | 'branch'>): TokenService {
  return {
    async authorise(authorization, scope) {
      if (authorization === undefined) {
        throw new EnclaveError('token_missing', 'send a bearer token: Authorization: Bearer pa_…')
      }
      const token = AUTHORIZATION.exec(authorization)?.[1]
      const row = token === undefined ? undefined : await find(parts.db, token)
      if (row === undefined || !isOurs(parts.branch, row)) throw invalid('this is not a token of this enclave')
      if (row.revoked_at !== null) throw invalid('this token was revoked')
      if (row.expires_at.getTime() <= parts.clock.now()) throw invalid('this token has expired')
      if (!row.scopes.includes(scope)) throw new EnclaveError('token_scope', `this token is not for ${scope}`)
      return { tenant: row.tenant }
    },
  }
}

export function administerTokens(parts: TokenParts, requestId = 'command-line'): TokenAdministration {
  return {
    async create(tenant, scopes, days) {
      if (!TENANT.test(tenant)) {
        throw new EnclaveError('invalid_request', 'a tenant is 1 to 64 letters, digits, dots, underscores or hyphens')
      }
      if (scopes.length === 0) throw new EnclaveError('invalid_request', 'a token needs a scope')
      if (!Number.isSafeInteger(days) || days < 1 || days > MAX_DAYS) {
        throw new EnclaveError('invalid_request', `a token lives a whole number of days from 1 to ${MAX_DAYS}`)
      }
      const now = parts.clock.now()
      const token = `pa_${Buffer.from(parts.random.bytes(32)).toString('base64url')}`
      const facts = {
        id: Buffer.from(parts.random.bytes(16)).toString('base64url'),
        token_sha256: digest(token),
        tenant,
        scopes: [...scopes],
        created_at: new Date(now),
        expires_at: new Date(now + days * DAY),
      }
      await parts.db.transaction().execute(async (tx) => {
        await tx
          .insertInto('tokens')
          .values({ ...facts, mac: macOf(parts.branch, facts) })
          .execute()
        await audit(tx, 'token_created', now, tenant, facts.id)
      })
      return { token, ...metadata({ ...facts, revoked_at: null }) }
    },

    async list(tenant) {
      const rows = await parts.db
        .selectFrom('tokens')
        .selectAll()
        .where('tenant', '=', tenant)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map(metadata)
    },

    async revoke(tenant, id) {
      const now = parts.clock.now()
      await parts.db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('tokens')
          .select('revoked_at')
          .where('tenant', '=', tenant)
          .where('id', '=', id)
          .executeTakeFirst()
        if (row === undefined) throw invalid('this tenant has no such token')
        if (row.revoked_at !== null) return
        await tx
          .updateTable('tokens')
          .set({ revoked_at: new Date(now) })
          .where('id', '=', id)
          .execute()
        await audit(tx, 'token_revoked', now, tenant, id)
      })
    },
  }

  async function audit(
    db: Kysely<Database>,
    event: 'token_created' | 'token_revoked',
    at: number,
    tenant: string,
    subject: string,
  ): Promise<void> {
    await writeOpsLog(db, { at, event, requestId, outcome: 'ok', tenant, subject })
  }
}

type TokenRow = Selectable<TokensTable>

async function find(db: Kysely<Database>, token: string): Promise<TokenRow | undefined> {
  return await db.selectFrom('tokens').selectAll().where('token_sha256', '=', digest(token)).executeTakeFirst()
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function macOf(branch: KeyObject, row: Omit<TokenRow, 'mac' | 'revoked_at'>): Buffer {
  const { id, token_sha256, tenant, scopes, created_at, expires_at } = row
  return createHmac('sha256', branch)
    .update(context('token', id, token_sha256, tenant, created_at.getTime(), expires_at.getTime(), ...scopes))
    .digest()
}

function isOurs(branch: KeyObject, row: TokenRow): boolean {
  const mac = macOf(branch, row)
  return row.mac.length === mac.length && timingSafeEqual(row.mac, mac)
}

function metadata(row: Omit<TokenRow, 'mac' | 'token_sha256'>): TokenMetadata {
  return {
    id: row.id,
    tenant: row.tenant,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }
}

function invalid(detail: string): EnclaveError {
  return new EnclaveError('token_invalid', detail)
}
