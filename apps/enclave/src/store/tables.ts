/**
 * The database as the enclave sees it. It is outside the enclave: it holds ciphertext, digests, pseudonyms and signed
 * results, and whatever it answers is checked (a seal, a MAC, a digest, a signature) before it is believed.
 *
 * On both databases `timestamptz` is a `Date`, `int8` a decimal string, `bytea` a `Uint8Array`.
 */
import type { ColumnType, Generated } from 'kysely'
import type { LogTables } from '../log/tables.ts'

/** Written once, never changed. */
type Fixed<T> = ColumnType<T, T, never>

/** Traders who gave a `userId`: only its pseudonym is known here. */
export interface UsersTable {
  id: Fixed<string>
  created_at: Fixed<Date>
}

/**
 * One row per submitted set of credentials, kept after its end as a digest only. The columns are for queries and for
 * operators; what the enclave believes of a session stands in `sealed`: read it through `sessions/session-vault.ts`.
 */
export interface SessionsTable {
  /** Hex SHA-256 of the session id, which is stored nowhere. */
  key: Fixed<string>
  user_id: Fixed<string | null>
  venue: Fixed<string>
  /** Gone when the session has ended, as is the user. */
  label: ColumnType<string | null, string, never>
  /** Pseudonym of the venue account. Gone when the session has ended. */
  account: ColumnType<string | null, string, never>
  /** Changed by the function `session_end` only. */
  status: ColumnType<'active' | 'revoked' | 'expired', never, never>
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
  ended_at: ColumnType<Date | null, never, never>
  /** Gone when the session has ended. */
  sealed: ColumnType<Uint8Array | null, Uint8Array, never>
}

/** Nobody reads or writes it directly, the service included: see the functions of migration 0001. */
export interface CredentialsTable {
  session_key: ColumnType<string, never, never>
  ephemeral_pub: ColumnType<string, never, never>
  nonce: ColumnType<string, never, never>
  ciphertext: ColumnType<string, never, never>
  tag: ColumnType<string, never, never>
  wrapped_key: ColumnType<string, never, never>
  stored_at: ColumnType<Date, never, never>
}

/** Where the collection of a session stands, and which replica holds its lease. */
export interface CollectionsTable {
  session_key: Fixed<string>
  owner: ColumnType<string | null, never, string | null>
  lease_until: ColumnType<Date | null, never, Date | null>
  /** Grows with every claim. */
  fence: ColumnType<string, never, string>
  next_poll_at: ColumnType<Date, Date | undefined, Date>
  /** Cursors, counts and status, sealed under the `events` branch; null until the first page. */
  sealed: ColumnType<Uint8Array | null, never, Uint8Array>
  updated_at: ColumnType<Date, Date | undefined, Date>
}

/** Collected fills and flows, each sealed; `event_key` is a keyed digest of its identity. */
export interface EventsTable {
  session_key: Fixed<string>
  event_key: Fixed<Uint8Array>
  seq: Generated<string>
  sealed: Fixed<Uint8Array>
}

/** Certificates; `id` is the digest that the log's leaf holds. Withdrawn: the certificate is gone, its digests stay. */
export interface AggregatesTable {
  id: Fixed<string>
  subject: Fixed<string>
  seq: Fixed<number>
  prev: Fixed<string | null>
  /** Over the four above, under a branch of the master key: see `certificates/chain.ts`. */
  mac: Fixed<Uint8Array>
  /** Signed, and not yet in the log: finished after a crash; null once the certificate is released or withdrawn. */
  draft: ColumnType<string | null, string | null, string | null>
  /** The certificate file, JSON exactly as signed. */
  certificate: ColumnType<string | null, string | null | undefined, string | null>
  created_at: ColumnType<Date, Date | undefined, never>
  withdrawn_at: ColumnType<Date | null, never, Date>
}

export interface AggregateSessionsTable {
  aggregate_id: Fixed<string>
  session_key: Fixed<string>
}

/** The audit trail: allow-listed fields, appended only. */
export interface OpsLogsTable {
  id: Generated<string>
  at: Fixed<Date>
  event: Fixed<string>
  request_id: Fixed<string>
  outcome: Fixed<string>
  session_key: Fixed<string | null>
  tenant: Fixed<string | null>
  subject: Fixed<string | null>
  count: Fixed<number | null>
}

/** Nonces of authentic submissions. Never forgotten: a submission has no date of its own. */
export interface UsedNoncesTable {
  nonce: Fixed<Uint8Array>
  used_at: Fixed<Date>
}

/** Proofs of possession seen; forgotten once their `iat` is stale. */
export interface UsedProofsTable {
  proof: Fixed<Uint8Array>
  expires_at: Fixed<Date>
}

export interface RateLimitsTable {
  /** HMAC of the client's address. */
  client: Fixed<Uint8Array>
  window_started_at: Date
  taken: number
}

export interface KeyEpochsTable {
  epoch: Generated<string>
  started_at: ColumnType<Date, Date | undefined, never>
  release: Fixed<string>
  /** Over the public keys of the epoch, hex. */
  keys_sha256: Fixed<string>
}

export interface SigningKeysTable {
  purpose: Fixed<string>
  sealed: Fixed<Uint8Array>
  created_at: ColumnType<Date, Date | undefined, never>
}

export interface RecordsTable {
  id: Fixed<string>
  tenant: Fixed<string>
  created_at: Fixed<Date>
  /** Bytes of the plaintext. */
  size: Fixed<number>
  content_type: Fixed<string>
  label: Fixed<string | null>
  /** Version of the key that wraps the data key; 1 until keys rotate. */
  key_version: Fixed<number>
  wrapped_key: Fixed<Uint8Array>
  sealed: Fixed<Uint8Array>
}

export interface TokensTable {
  id: Fixed<string>
  /** SHA-256 of the token. */
  token_sha256: Fixed<Uint8Array>
  tenant: Fixed<string>
  scopes: Fixed<string[]>
  created_at: Fixed<Date>
  expires_at: Fixed<Date>
  revoked_at: ColumnType<Date | null, never, Date>
  /** Over all of the above but `revoked_at`: a token written by anyone else is worthless. */
  mac: Fixed<Uint8Array>
}

/** Which master key this database belongs to. One row. */
export interface EnclaveIdentityTable {
  single: Generated<boolean>
  fingerprint: Fixed<string>
  /** `tee_master_key.bin`: opens only in the TEE that sealed it. */
  sealed_master_key: Fixed<Uint8Array>
}

export interface Database extends LogTables {
  users: UsersTable
  sessions: SessionsTable
  credentials: CredentialsTable
  collections: CollectionsTable
  events: EventsTable
  aggregates: AggregatesTable
  aggregate_sessions: AggregateSessionsTable
  ops_logs: OpsLogsTable
  used_nonces: UsedNoncesTable
  used_proofs: UsedProofsTable
  rate_limits: RateLimitsTable
  key_epochs: KeyEpochsTable
  signing_keys: SigningKeysTable
  records: RecordsTable
  tokens: TokensTable
  enclave_identity: EnclaveIdentityTable
}
