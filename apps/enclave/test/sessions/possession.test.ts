import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign as signBytes } from 'node:crypto'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { sql } from 'kysely'
import type { EnclaveErrorCode } from '../../src/errors.ts'
import type { RequestContext } from '../../src/http/services.ts'
import { provePossession, verifyProof } from '../../src/sessions/possession.ts'
import { newSessionId } from '../../src/sessions/session-key.ts'
import { TestClock } from '../clock.ts'
import { forEachDatabase } from '../database.ts'
import { random } from '../random.ts'
import { refusal } from '../refusal.ts'

const clock = new TestClock()
const now = clock.now()
const sessionId = newSessionId(random)
const owner = keyPair()
const thief = keyPair()

interface Proof {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  key: KeyObject
}

function keyPair(): { privateKey: KeyObject; x: string; raw: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return { privateKey, x, raw: Buffer.from(x, 'base64url') }
}

function proof(): Proof {
  return {
    header: { typ: 'dpop+jwt', alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: owner.x } },
    payload: {
      htm: 'GET',
      htu: `http://localhost:3000/enclave/metrics/${sessionId}`,
      iat: now / 1000,
      jti: randomBytes(16).toString('base64url'),
      ath: createHash('sha256').update(sessionId).digest('base64url'),
    },
    key: owner.privateKey,
  }
}

/** By hand, so that whatever the header says is signed. */
function sign({ header, payload, key }: Proof): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${signBytes(null, Buffer.from(input), key).toString('base64url')}`
}

function request(signed: string | null): RequestContext {
  return { requestId: 'r', method: 'GET', path: `/enclave/metrics/${sessionId}`, proof: signed }
}

const verify = async (signed: string | null, at = now): Promise<unknown> =>
  await verifyProof({ clientKey: owner.raw, sessionId, context: request(signed), now: at })

test('a fresh proof by the session key holds, under both names of the algorithm, from any host', async () => {
  await verify(sign(proof()))
  const renamed = proof()
  renamed.header['alg'] = 'Ed25519'
  await verify(sign(renamed))
  const elsewhere = proof()
  elsewhere.payload['htu'] = `https://gateway.example/enclave/metrics/${sessionId}`
  await verify(sign(elsewhere))
})

test('no proof at all', async () => {
  await assert.rejects(verify(null), refusal('proof_missing'))
})

const changes: [string, EnclaveErrorCode, (proof: Proof) => void][] = [
  ['signed by another key', 'proof_invalid', (p) => (p.key = thief.privateKey)],
  [
    'signed by another key, which it names',
    'proof_invalid',
    (p) => {
      p.key = thief.privateKey
      p.header['jwk'] = { kty: 'OKP', crv: 'Ed25519', x: thief.x }
    },
  ],
  ['names another key', 'proof_invalid', (p) => (p.header['jwk'] = { kty: 'OKP', crv: 'Ed25519', x: thief.x })],
  ['names no key', 'proof_invalid', (p) => delete p.header['jwk']],
  [
    'shows a private key',
    'proof_invalid',
    (p) => (p.header['jwk'] = { kty: 'OKP', crv: 'Ed25519', x: owner.x, d: Buffer.alloc(32, 7).toString('base64url') }),
  ],
  ['another type of token', 'proof_invalid', (p) => (p.header['typ'] = 'JWT')],
  ['critical extension', 'proof_invalid', (p) => (p.header['crit'] = ['b64'])],
  ['another method', 'proof_invalid', (p) => (p.payload['htm'] = 'POST')],
  ['another path', 'proof_invalid', (p) => (p.payload['htu'] = `http://localhost/enclave/summary/${sessionId}`)],
  ['a query', 'proof_invalid', (p) => (p.payload['htu'] = `${String(p.payload['htu'])}?a=1`)],
  ['a path only', 'proof_invalid', (p) => (p.payload['htu'] = `/enclave/metrics/${sessionId}`)],
  ['htu no string', 'proof_invalid', (p) => (p.payload['htu'] = 7)],
  [
    'another session',
    'proof_invalid',
    (p) => (p.payload['ath'] = createHash('sha256').update('x').digest('base64url')),
  ],
  ['no ath', 'proof_invalid', (p) => delete p.payload['ath']],
  ['jti too short', 'proof_invalid', (p) => (p.payload['jti'] = 'x'.repeat(15))],
  ['jti too long', 'proof_invalid', (p) => (p.payload['jti'] = 'x'.repeat(65))],
  ['jti a number', 'proof_invalid', (p) => (p.payload['jti'] = 1234567890123456)],
  ['no iat', 'proof_invalid', (p) => delete p.payload['iat']],
  ['iat not whole', 'proof_invalid', (p) => (p.payload['iat'] = now / 1000 + 0.5)],
  ['61 s old', 'proof_stale', (p) => (p.payload['iat'] = now / 1000 - 61)],
  ['61 s ahead', 'proof_stale', (p) => (p.payload['iat'] = now / 1000 + 61)],
]
for (const [what, code, change] of changes) {
  test(`refused: ${what}`, async () => {
    const changed = proof()
    change(changed)
    await assert.rejects(verify(sign(changed)), refusal(code))
  })
}

test('refused: unsigned, symmetric, malformed, enormous', async () => {
  const { header, payload } = proof()
  for (const signed of [
    sign({ ...proof(), header: { ...header, alg: 'none' } }).replace(/[^.]*$/, ''),
    await new SignJWT(payload).setProtectedHeader({ ...header, alg: 'HS256' }).sign(owner.raw),
    '',
    'a.b.c',
    `${sign(proof())}.x`,
    sign(proof()).slice(0, -2),
    sign({ ...proof(), payload: { ...payload, more: 'x'.repeat(5_000) } }),
  ]) {
    await assert.rejects(verify(signed), refusal('proof_invalid'))
  }
})

test('60 s either way still hold', async () => {
  const signed = sign(proof())
  await verify(signed, now - 60_000)
  await verify(signed, now + 60_000)
})

forEachDatabase((name, open) => {
  test(`a proof counts once, also when it comes twice at once (${name})`, async (t) => {
    const { db } = await open(t)
    const prove = async (signed: string): Promise<void> => {
      await provePossession(db, { clientKey: owner.raw, sessionId, context: request(signed), now })
    }
    const original = proof()
    const first = sign(original)
    await prove(first)
    await assert.rejects(prove(first), refusal('proof_replayed'))
    const second = sign(proof())
    const outcomes = await Promise.allSettled([prove(second), prove(second), prove(second)])
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    // The same jti under new claims is the same proof.
    const again = proof()
    again.payload['jti'] = original.payload['jti']
    again.payload['iat'] = now / 1000 - 5
    await assert.rejects(prove(sign(again)), refusal('proof_replayed'))
  })

  test(`a replica whose clock is ahead does not forget proofs that another still takes (${name})`, async (t) => {
    const { db } = await open(t)
    const prove = async (signed: string, at: number): Promise<void> => {
      await provePossession(db, { clientKey: owner.raw, sessionId, context: request(signed), now: at })
    }
    const signed = sign(proof())
    await prove(signed, now)
    await sql`select from purge_expired(${new Date(now + 62_000)}, 'clean-up')`.execute(db)
    await assert.rejects(prove(signed, now + 60_000), refusal('proof_replayed'))
  })
})
