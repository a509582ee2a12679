/** What the tests of a session's life hold in their hands: its key, its proofs, and what the database has of it. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Kysely } from 'kysely'
import type { RequestContext } from '../../src/http/services.ts'
import type { Database } from '../../src/store/tables.ts'
import type { TestDatabase } from '../database.ts'
import { context, type Setting } from './setting.ts'

export const keyOf = (sessionId: string): string => createHash('sha256').update(sessionId).digest('hex')

const clientKeys = generateKeyPairSync('ed25519')
const { x = '' } = clientKeys.publicKey.export({ format: 'jwk' })

export async function withProof(sessionId: string, { clock }: Setting): Promise<RequestContext> {
  const proof = await new SignJWT({
    htm: context.method,
    htu: `http://localhost${context.path}`,
    iat: Math.floor(clock.now() / 1000),
    jti: randomBytes(16).toString('base64url'),
    ath: createHash('sha256').update(sessionId).digest('base64url'),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x } })
    .sign(clientKeys.privateKey)
  return { ...context, proof }
}

/** The public half, as a submission carries it. */
export const clientPub = Buffer.from(x, 'base64url').toString('base64')

/** What a session has in the database after it was collected and certified. */
export async function fill(db: Kysely<Database>, sessionKey: string, events = 3): Promise<void> {
  for (let n = 0; n < events; n++) {
    await db
      .insertInto('events')
      .values({ session_key: sessionKey, event_key: randomBytes(32), sealed: randomBytes(80) })
      .execute()
  }
}

export async function certify(db: Kysely<Database>, sessionKeys: readonly string[]): Promise<string> {
  const id = randomBytes(32).toString('base64url')
  await db
    .insertInto('aggregates')
    .values({ id, subject: id.slice(0, 22), seq: 1, prev: null, mac: Buffer.alloc(32), draft: null, certificate: '{}' })
    .execute()
  for (const session_key of sessionKeys)
    await db.insertInto('aggregate_sessions').values({ aggregate_id: id, session_key }).execute()
  return id
}

export async function left({ asOwner }: TestDatabase): Promise<Record<string, number>> {
  return await asOwner(async (owner) => {
    const count = async (table: 'credentials' | 'collections' | 'events' | 'sessions'): Promise<number> =>
      Number(
        (
          await owner
            .selectFrom(table)
            .select((row) => row.fn.countAll<string>().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      )
    return {
      credentials: await count('credentials'),
      collections: await count('collections'),
      events: await count('events'),
      sessions: await count('sessions'),
    }
  })
}
