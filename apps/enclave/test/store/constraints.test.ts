/** Each constraint of the database, violated once: a valid row with one thing wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { EnclaveError } from '../../src/errors.ts'
import { sqlState } from '../../src/store/availability.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase } from '../database.ts'

const CHECK = '23514'
const NOT_NULL = '23502'
const UNIQUE = '23505'
const FOREIGN_KEY = '23503'
const INVALID_TEXT = '22P02'

const key = 'a'.repeat(64)
const quoted = (text: string): string => `'${text}'`
const bytes = (length: number): string => quoted(`\\x${'00'.repeat(length)}`)
const base64 = (length: number): string => quoted(Buffer.alloc(length).toString('base64'))

/** Valid rows, as SQL, in an order in which they can be inserted. */
const ROWS: Record<string, Record<string, string>> = {
  users: { id: quoted('u1'), created_at: 'now()' },
  sessions: {
    key: quoted(key),
    user_id: quoted('u1'),
    venue: quoted('kraken'),
    label: quoted('my label-1'),
    account: quoted('acc_1'),
    created_at: quoted('2026-11-20T12:00:00Z'),
    expires_at: quoted('2026-11-21T12:00:00Z'),
    sealed: bytes(100),
  },
  credentials: {
    session_key: quoted(key),
    ephemeral_pub: base64(32),
    nonce: base64(12),
    ciphertext: base64(100),
    tag: base64(16),
    wrapped_key: base64(113),
    stored_at: 'now()',
  },
  collections: { session_key: quoted(key) },
  events: { session_key: quoted(key), event_key: bytes(32), sealed: bytes(10) },
  aggregates: {
    id: quoted('i'.repeat(43)),
    subject: quoted('s1'),
    seq: '1',
    prev: 'null',
    mac: bytes(32),
    certificate: quoted('{}'),
  },
  aggregate_sessions: { aggregate_id: quoted('i'.repeat(43)), session_key: quoted(key) },
  ops_logs: { at: 'now()', event: quoted('x'), request_id: quoted('r'), outcome: quoted('ok') },
  used_nonces: { nonce: bytes(12), used_at: 'now()' },
  used_proofs: { proof: bytes(32), expires_at: 'now()' },
  rate_limits: { client: bytes(32), window_started_at: 'now()', taken: '1' },
  key_epochs: { release: quoted(key), keys_sha256: quoted(key) },
  signing_keys: { purpose: quoted('p'), sealed: bytes(1) },
  records: {
    id: quoted('r'.repeat(22)),
    tenant: quoted('t1'),
    created_at: 'now()',
    size: '0',
    content_type: quoted('text/plain'),
    label: 'null',
    key_version: '1',
    wrapped_key: bytes(1),
    sealed: bytes(1),
  },
  tokens: {
    id: quoted('t'.repeat(22)),
    token_sha256: bytes(32),
    tenant: quoted('t1'),
    scopes: `array['records']`,
    created_at: quoted('2026-11-20T12:00:00Z'),
    expires_at: quoted('2026-11-21T12:00:00Z'),
    mac: bytes(32),
  },
  enclave_identity: { fingerprint: quoted('f'.repeat(32)), sealed_master_key: bytes(1) },
}

const VIOLATIONS: [table: string, column: string, value: string, state: string][] = [
  ['users', 'id', quoted('alice@example.org'), CHECK],
  ['users', 'id', quoted('u1'), UNIQUE],
  ['sessions', 'key', quoted('A'.repeat(64)), CHECK],
  ['sessions', 'key', quoted('a'.repeat(63)), CHECK],
  ['sessions', 'user_id', quoted('u2'), FOREIGN_KEY],
  ['sessions', 'venue', quoted('mtgox'), CHECK],
  ['sessions', 'label', quoted('a;b'), CHECK],
  ['sessions', 'label', 'null', CHECK],
  ['sessions', 'account', 'null', CHECK],
  ['sessions', 'label', quoted('a'.repeat(65)), CHECK],
  ['sessions', 'account', quoted('not an account'), CHECK],
  ['sessions', 'status', quoted('paused'), CHECK],
  ['sessions', 'status', quoted('revoked'), CHECK],
  ['sessions', 'ended_at', 'now()', CHECK],
  ['sessions', 'expires_at', quoted('2026-11-20T12:00:59Z'), CHECK],
  ['sessions', 'expires_at', quoted('2027-11-20T12:00:01Z'), CHECK],
  ['sessions', 'sealed', 'null', CHECK],
  ['sessions', 'created_at', 'null', NOT_NULL],
  ['credentials', 'session_key', quoted('b'.repeat(64)), FOREIGN_KEY],
  ['credentials', 'ephemeral_pub', base64(33), CHECK],
  ['credentials', 'nonce', base64(11), CHECK],
  ['credentials', 'nonce', quoted('AAAAAAAAAAAAAA--'), CHECK],
  ['credentials', 'ciphertext', quoted('AAAAA'), CHECK],
  ['credentials', 'ciphertext', quoted('AA=A'), CHECK],
  ['credentials', 'ciphertext', quoted('{"apiKey":"in clear"}'), CHECK],
  ['credentials', 'ciphertext', quoted(''), CHECK],
  ['credentials', 'tag', base64(15), CHECK],
  ['credentials', 'wrapped_key', quoted('in clear'), CHECK],
  ['collections', 'session_key', quoted('b'.repeat(64)), FOREIGN_KEY],
  ['collections', 'owner', quoted('replica-1'), CHECK],
  ['events', 'session_key', quoted('b'.repeat(64)), FOREIGN_KEY],
  ['events', 'event_key', bytes(31), CHECK],
  ['events', 'event_key', bytes(32), UNIQUE],
  ['aggregates', 'id', quoted('short'), CHECK],
  ['aggregates', 'seq', '0', CHECK],
  ['aggregates', 'seq', '2', CHECK],
  ['aggregates', 'prev', quoted('p'.repeat(43)), CHECK],
  ['aggregates', 'mac', bytes(31), CHECK],
  ['aggregates', 'certificate', quoted('[]'), CHECK],
  ['aggregates', 'certificate', quoted('{'), INVALID_TEXT],
  ['aggregates', 'withdrawn_at', 'now()', CHECK],
  ['aggregates', 'id', quoted('j'.repeat(43)), UNIQUE],
  ['aggregate_sessions', 'aggregate_id', quoted('j'.repeat(43)), FOREIGN_KEY],
  ['aggregate_sessions', 'session_key', quoted('b'.repeat(64)), 'session_revoked'],
  ['ops_logs', 'event', quoted('Free text, with a secret'), CHECK],
  ['ops_logs', 'request_id', quoted('a b'), CHECK],
  ['ops_logs', 'outcome', quoted('failed: because'), CHECK],
  ['ops_logs', 'subject', quoted('<script>'), CHECK],
  ['ops_logs', 'session_key', quoted('x'), CHECK],
  ['ops_logs', 'count', '-1', CHECK],
  ['used_nonces', 'nonce', bytes(13), CHECK],
  ['used_nonces', 'nonce', bytes(12), UNIQUE],
  ['used_proofs', 'proof', bytes(16), CHECK],
  ['used_proofs', 'proof', bytes(32), UNIQUE],
  ['rate_limits', 'client', quoted('192.0.2.7'), CHECK],
  ['rate_limits', 'taken', '0', CHECK],
  ['key_epochs', 'release', quoted('main'), CHECK],
  ['signing_keys', 'purpose', quoted('p'), UNIQUE],
  ['records', 'id', quoted('1'), CHECK],
  ['records', 'tenant', quoted('a/b'), CHECK],
  ['records', 'size', '-1', CHECK],
  ['records', 'content_type', quoted(''), CHECK],
  ['records', 'label', quoted('l'.repeat(256)), CHECK],
  ['records', 'key_version', '0', CHECK],
  ['tokens', 'token_sha256', quoted('pa_in_clear'), CHECK],
  ['tokens', 'scopes', `array['root']`, CHECK],
  ['tokens', 'scopes', `array[]::text[]`, CHECK],
  ['tokens', 'expires_at', quoted('2026-11-20T12:00:00Z'), CHECK],
  ['tokens', 'mac', bytes(31), CHECK],
  ['enclave_identity', 'single', 'false', CHECK],
  ['enclave_identity', 'fingerprint', quoted('f'.repeat(31)), CHECK],
  ['enclave_identity', 'sealed_master_key', bytes(0), CHECK],
]

async function insert(owner: Kysely<Database>, table: string, row: Record<string, string>): Promise<string> {
  const statement = `insert into ${table} (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`
  try {
    await sql.raw(statement).execute(owner)
    return 'stored'
  } catch (error) {
    return error instanceof EnclaveError ? error.code : (sqlState(error) ?? String(error))
  }
}

forEachDatabase((name, open) => {
  test(`every constraint holds (${name})`, async (t) => {
    const { asOwner } = await open(t)
    await asOwner(async (owner) => {
      for (const [table, column, value, state] of VIOLATIONS) {
        await sql`begin`.execute(owner)
        try {
          for (const [before, row] of Object.entries(ROWS)) {
            if (before === table && state !== UNIQUE) break
            assert.equal(await insert(owner, before, row), 'stored', before)
            if (before === table) break
          }
          const outcome = await insert(owner, table, { ...ROWS[table], [column]: value })
          assert.equal(outcome, state, `${table}.${column} = ${value}`)
        } finally {
          await sql`rollback`.execute(owner)
        }
      }
    })
  })

  test(`deleting a user takes everything of its sessions along (${name})`, async (t) => {
    const { asOwner } = await open(t)
    await asOwner(async (owner) => {
      for (const [table, row] of Object.entries(ROWS)) assert.equal(await insert(owner, table, row), 'stored')
      await owner.deleteFrom('users').execute()
      for (const table of ['sessions', 'credentials', 'collections', 'events', 'aggregate_sessions'] as const) {
        assert.deepEqual(await owner.selectFrom(table).selectAll().execute(), [], table)
      }
    })
  })

  test(`values come back the same from both databases (${name})`, async (t) => {
    const { db } = await open(t)
    const { rows } = await sql`select 9007199254740993::int8 as big, 1::int8 as small, 'x'::text as text,
      '\\x00ff'::bytea as bytes, timestamptz '2026-11-20T12:00:00.123Z' as at, array['a', 'b'] as list,
      1.50::numeric as amount, 7::int4 as number, null::bytea as nothing`.execute(db)
    assert.deepEqual(rows, [
      {
        big: '9007199254740993',
        small: '1',
        text: 'x',
        bytes: Uint8Array.of(0, 255),
        at: new Date('2026-11-20T12:00:00.123Z'),
        list: ['a', 'b'],
        amount: '1.50',
        number: 7,
        nothing: null,
      },
    ])
  })
})
