/**
 * Tables, constraints, roles and functions of everything but the log.
 *
 * Constraints repeat what the code already checks: a row that breaks one is a bug found at once, not stored.
 * `timestamptz` values come from the enclave's clock, except where the leases of `collections` use the database's.
 */

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { SESSION_ENDED } from '../availability.ts'
import { createRoles } from '../roles.ts'

const DOMAINS = [
  `create domain base64_text as text check
     (value ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$')`,
  `create domain sha256_hex as text check (value ~ '^[0-9a-f]{64}$')`,
  `create domain identifier as text check (value ~ '^[A-Za-z0-9._:-]{1,64}$')`,
  `create domain code as text check (value ~ '^[a-z0-9_]{1,64}$')`,
]

const TABLES = [
  `create table users (
     id identifier primary key,
     created_at timestamptz not null)`,

  `create table sessions (
     key sha256_hex primary key,
     user_id identifier references users on delete cascade,
     venue text not null check (venue in ('binance', 'coinbase', 'kraken')),
     label text check (label ~ '^[A-Za-z0-9 ._-]{1,64}$'),
     account identifier,
     status text not null default 'active' check (status in ('active', 'revoked', 'expired')),
     created_at timestamptz not null,
     expires_at timestamptz not null,
     ended_at timestamptz,
     sealed bytea,
     constraint sessions_ttl check
       (expires_at >= created_at + interval '60 seconds' and expires_at <= created_at + interval '31536000 seconds'),
     constraint sessions_ended check
       ((status = 'active') = (ended_at is null) and (status = 'active') = (sealed is not null)),
     constraint sessions_nameless check
       ((status = 'active') = (label is not null) and (status = 'active') = (account is not null)
         and (status = 'active' or user_id is null)))`,
  `create index sessions_ended_at on sessions (ended_at) where ended_at is not null`,
  `create index sessions_expiring on sessions (expires_at) where status = 'active'`,
  `create index sessions_of_user on sessions (user_id)`,

  `create table credentials (
     session_key sha256_hex primary key references sessions on delete cascade,
     ephemeral_pub base64_text not null check (octet_length(decode(ephemeral_pub, 'base64')) in (32, 1120)),
     nonce base64_text not null check (octet_length(decode(nonce, 'base64')) = 12),
     ciphertext base64_text not null,
     tag base64_text not null check (octet_length(decode(tag, 'base64')) = 16),
     wrapped_key base64_text not null,
     stored_at timestamptz not null)`,

  `create table collections (
     session_key sha256_hex primary key references sessions on delete cascade,
     owner identifier,
     lease_until timestamptz,
     fence bigint not null default 0,
     next_poll_at timestamptz not null default now(),
     sealed bytea,
     updated_at timestamptz not null default now(),
     constraint collections_lease check ((owner is null) = (lease_until is null)))`,
  `create index collections_due on collections (next_poll_at)`,

  // Hangs on the collection, not on the session: ending a session locks its collection first, so no page that is on its
  // way can leave events behind.
  `create table events (
     session_key sha256_hex not null references collections on delete cascade,
     event_key bytea not null check (length(event_key) = 32),
     seq bigint generated always as identity,
     sealed bytea not null,
     primary key (session_key, event_key))`,
  `create index events_in_order on events (session_key, seq)`,

  `create table aggregates (
     id text primary key check (id ~ '^[A-Za-z0-9_-]{43}$'),
     subject identifier not null,
     seq integer not null check (seq >= 1),
     prev text check (prev ~ '^[A-Za-z0-9_-]{43}$'),
     mac bytea not null check (length(mac) = 32),
     draft text check (json_typeof(draft::json) = 'object'),
     certificate text check (json_typeof(certificate::json) = 'object'),
     created_at timestamptz not null default now(),
     withdrawn_at timestamptz,
     unique (subject, seq),
     constraint aggregates_chain check ((seq = 1) = (prev is null)),
     constraint aggregates_withdrawn check (withdrawn_at is null or coalesce(certificate, draft) is null))`,

  `create table aggregate_sessions (
     aggregate_id text not null references aggregates on delete cascade,
     session_key sha256_hex not null references sessions on delete cascade,
     primary key (aggregate_id, session_key))`,
  `create index aggregate_sessions_of on aggregate_sessions (session_key)`,

  `create table ops_logs (
     id bigint generated always as identity primary key,
     at timestamptz not null,
     event code not null,
     request_id identifier not null,
     outcome code not null,
     session_key sha256_hex,
     tenant identifier,
     subject identifier,
     count integer check (count >= 0))`,
  `create index ops_logs_at on ops_logs (at)`,
  `create index ops_logs_of_session on ops_logs (session_key) where session_key is not null`,

  `create table used_nonces (
     nonce bytea primary key check (length(nonce) = 12),
     used_at timestamptz not null)`,

  `create table used_proofs (
     proof bytea primary key check (length(proof) = 32),
     expires_at timestamptz not null)`,
  `create index used_proofs_expiring on used_proofs (expires_at)`,

  `create table rate_limits (
     client bytea primary key check (length(client) = 32),
     window_started_at timestamptz not null,
     taken integer not null check (taken >= 1))`,
  `create index rate_limits_started on rate_limits (window_started_at)`,

  `create table key_epochs (
     epoch bigint generated always as identity primary key,
     started_at timestamptz not null default now(),
     release sha256_hex not null,
     keys_sha256 sha256_hex not null)`,

  `create table signing_keys (
     purpose identifier primary key,
     sealed bytea not null,
     created_at timestamptz not null default now())`,

  `create table records (
     id text primary key check (id ~ '^[A-Za-z0-9_-]{22}$'),
     tenant identifier not null,
     created_at timestamptz not null,
     size integer not null check (size >= 0),
     content_type text not null check (length(content_type) between 1 and 255),
     label text check (length(label) between 1 and 255),
     key_version integer not null check (key_version >= 1),
     wrapped_key bytea not null,
     sealed bytea not null)`,
  `create index records_in_order on records (tenant, created_at, id)`,

  `create table tokens (
     id text primary key check (id ~ '^[A-Za-z0-9_-]{22}$'),
     token_sha256 bytea not null unique check (length(token_sha256) = 32),
     tenant identifier not null,
     scopes text[] not null check (scopes <@ array['records'] and cardinality(scopes) >= 1),
     created_at timestamptz not null,
     expires_at timestamptz not null check (expires_at > created_at),
     revoked_at timestamptz,
     mac bytea not null check (length(mac) = 32))`,

  `create table enclave_identity (
     single boolean primary key default true check (single),
     fingerprint text not null check (fingerprint ~ '^[0-9a-f]{32}$'),
     sealed_master_key bytea not null check (length(sealed_master_key) between 1 and 65536))`,
]

/**
 * The only ways to `credentials`: each leaves its row in `ops_logs` in the same statement. They run with the rights of
 * the tables' owner, with every name qualified and an empty search path, so that nothing can be slipped under them.
 * A reader who rolls its transaction back takes the audit row along: what it read was ciphertext.
 */
const FUNCTIONS = [
  `create function credentials_store(
       p_session_key text, p_ephemeral_pub text, p_nonce text, p_ciphertext text, p_tag text, p_wrapped_key text,
       p_now timestamptz, p_request_id text) returns void
     language plpgsql security definer set search_path = '' as $$
   begin
     insert into public.credentials (session_key, ephemeral_pub, nonce, ciphertext, tag, wrapped_key, stored_at)
       values (p_session_key, p_ephemeral_pub, p_nonce, p_ciphertext, p_tag, p_wrapped_key, p_now);
     insert into public.ops_logs (at, event, request_id, outcome, session_key)
       values (p_now, 'credentials_stored', p_request_id, 'ok', p_session_key);
   end $$`,

  // Only of a live session. A look that finds nothing is written down as well.
  `create function credentials_open(p_session_key text, p_now timestamptz, p_request_id text, p_reason text)
     returns table (ephemeral_pub text, nonce text, ciphertext text, tag text, wrapped_key text)
     language plpgsql security definer set search_path = '' as $$
   begin
     return query
       select c.ephemeral_pub::text, c.nonce::text, c.ciphertext::text, c.tag::text, c.wrapped_key::text
       from public.credentials c join public.sessions s on s.key = c.session_key
       where c.session_key = p_session_key and s.status = 'active' and s.expires_at > p_now;
     insert into public.ops_logs (at, event, request_id, outcome, session_key, subject)
       values (p_now, 'credentials_opened', p_request_id,
               case when found then 'ok' else 'not_found' end, p_session_key, p_reason);
   end $$`,

  // Ends a session and deletes what was held for it, and whose it was. The collection is locked before its events are deleted: a page that
  // is being ingested commits first and is deleted too, or finds no collection and is dropped.
  `create function session_end(p_session_key text, p_status text, p_now timestamptz, p_request_id text)
     returns table (ended boolean, credentials integer, events integer)
     language plpgsql security definer set search_path = '' as $$
   declare
     n_ended integer; n_credentials integer; n_events integer;
   begin
     update public.sessions
       set status = p_status, ended_at = p_now, sealed = null, user_id = null, label = null, account = null
       where key = p_session_key and status = 'active';
     get diagnostics n_ended = row_count;
     perform 1 from public.collections c where c.session_key = p_session_key for update;
     delete from public.events e where e.session_key = p_session_key;
     get diagnostics n_events = row_count;
     delete from public.collections c where c.session_key = p_session_key;
     delete from public.credentials c where c.session_key = p_session_key;
     get diagnostics n_credentials = row_count;
     if n_ended + n_credentials + n_events > 0 then
       insert into public.ops_logs (at, event, request_id, outcome, session_key, count)
         values (p_now, 'credentials_purged', p_request_id, 'ok', p_session_key, n_credentials);
     end if;
     return query select n_ended = 1, n_credentials, n_events;
   end $$`,

  // The TTL function: ends every session past its time, whoever calls it and however late, and forgets what need not
  // be remembered. Sessions another replica is ending right now are left to it.
  `create function purge_expired(p_now timestamptz, p_request_id text)
     returns table (session_keys text[], credentials integer, events integer, proofs integer)
     language plpgsql security definer set search_path = '' as $$
   declare
     one record; ending text; keys text[] := '{}'; n_credentials integer := 0; n_events integer := 0; n_proofs integer;
   begin
     for ending in
       select s.key from public.sessions s where s.status = 'active' and s.expires_at <= p_now
       order by s.expires_at for update skip locked
     loop
       select * into one from public.session_end(ending, 'expired', p_now, p_request_id);
       keys := keys || ending;
       n_credentials := n_credentials + one.credentials;
       n_events := n_events + one.events;
     end loop;
     delete from public.used_proofs u where u.expires_at <= p_now;
     get diagnostics n_proofs = row_count;
     delete from public.rate_limits r where r.window_started_at < p_now - interval '1 day';
     return query select keys, n_credentials, n_events, n_proofs;
   end $$`,
]

/**
 * A certificate is drafted for live sessions only, and the session is held until the draft is committed: a revocation
 * comes either before, and the draft fails, or after, and withdraws it.
 */
const TRIGGERS = [
  `create function session_must_live() returns trigger
     language plpgsql security definer set search_path = '' as $$
   begin
     perform 1 from public.sessions s where s.key = new.session_key and s.status = 'active' for share;
     if not found then raise exception 'the session has ended' using errcode = '${SESSION_ENDED}'; end if;
     return new;
   end $$`,
  `create trigger aggregate_of_live_session before insert on aggregate_sessions
     for each row execute function session_must_live()`,
]

const FUNCTION_SIGNATURES = [
  'session_must_live()',
  'credentials_store(text, text, text, text, text, text, timestamptz, text)',
  'credentials_open(text, timestamptz, text, text)',
  'session_end(text, text, timestamptz, text)',
  'purge_expired(timestamptz, text)',
]

const GRANTS = [
  'grant usage on schema public to app_service, operator_readonly',
  'grant select on kysely_migration to app_service',
  'grant select, insert on users, aggregate_sessions, used_nonces, used_proofs, key_epochs, signing_keys, enclave_identity to app_service',
  'grant select, insert on sessions to app_service',
  'grant select, insert, update on rate_limits to app_service',
  'grant select, insert, update (certificate, draft, withdrawn_at) on aggregates to app_service',
  'grant select, insert, update (revoked_at) on tokens to app_service',
  'grant select, insert, update, delete on collections to app_service',
  'grant select, insert, delete on events, records to app_service',
  'grant insert on ops_logs to app_service',
  ...FUNCTION_SIGNATURES.flatMap((signature) => [
    `revoke all on function ${signature} from public`,
    `grant execute on function ${signature} to app_service`,
  ]),
  'grant select on users, sessions, aggregates, aggregate_sessions, ops_logs, key_epochs to operator_readonly',
  'grant select (session_key, owner, lease_until, fence, next_poll_at, updated_at) on collections to operator_readonly',
]

export const migration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createRoles(db)
    for (const statement of [...DOMAINS, ...TABLES, ...FUNCTIONS, ...TRIGGERS, ...GRANTS])
      await sql.raw(statement).execute(db)
  },
}
