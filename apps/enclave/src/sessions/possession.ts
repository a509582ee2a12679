/**
 * Proof of possession of a session's key (protocol section 3, the form of RFC 9449): whoever stole a session id but not
 * the client's key gets nothing.
 */
import { createHash, createPublicKey, timingSafeEqual } from 'node:crypto'
import { compactVerify, decodeProtectedHeader } from 'jose'
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { RequestContext } from '../http/services.ts'
import type { Database } from '../store/tables.ts'

const ALGORITHMS = ['EdDSA', 'Ed25519']
const MAX_PROOF_CHARACTERS = 4_096
const LEEWAY_SECONDS = 60
/** How far the clock of the replica that forgets may be ahead of the one that is asked, as in `forget-ended.ts`. */
const CLOCKS_APART_SECONDS = 300

interface Possession {
  /** Ed25519 public key the session is bound to, 32 bytes. */
  readonly clientKey: Uint8Array
  readonly sessionId: string
  readonly context: RequestContext
  /** Milliseconds. */
  readonly now: number
}

/** Rejects `proof_missing`, `proof_invalid`, `proof_stale` or `proof_replayed`; otherwise the proof is used up. */
export async function provePossession(db: Kysely<Database>, possession: Possession): Promise<void> {
  const { jti, iat } = await verifyProof(possession)
  const proof = createHash('sha256').update(possession.clientKey).update(jti).digest()
  const expiresAt = new Date((iat + LEEWAY_SECONDS + CLOCKS_APART_SECONDS) * 1000)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('used_proofs')
    .values({ proof, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('proof').doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows !== 1n) {
    throw new EnclaveError('proof_replayed', 'this proof of possession was used before; make a new one per request')
  }
}

/** Everything but the replay, which only the database can know. Exported for its tests. */
export async function verifyProof(possession: Possession): Promise<{ readonly jti: string; readonly iat: number }> {
  const { clientKey, sessionId, context, now } = possession
  if (context.proof === null) {
    throw new EnclaveError('proof_missing', 'this session is bound to a key: send a DPoP proof signed with it')
  }
  const payload = await verifySignature(context.proof, clientKey)
  check(payload['htm'] === context.method, 'its htm is not the method of this request')
  check(pathOf(payload['htu']) === context.path, 'its htu is not the address of this request')
  const expectedHash = createHash('sha256').update(sessionId).digest('base64url')
  check(isSame(payload['ath'], expectedHash), 'its ath is not the digest of this session id')
  const { jti, iat } = payload
  check(typeof jti === 'string' && jti.length >= 16 && jti.length <= 64, 'its jti is not 16 to 64 characters')
  check(typeof iat === 'number' && Number.isSafeInteger(iat), 'its iat is not a whole number of seconds')
  if (Math.abs(now / 1000 - iat) > LEEWAY_SECONDS) {
    throw new EnclaveError(
      'proof_stale',
      'the proof of possession was not made within a minute of now; check your clock',
    )
  }
  return { jti, iat }
}

async function verifySignature(proof: string, clientKey: Uint8Array): Promise<Record<string, unknown>> {
  check(proof.length <= MAX_PROOF_CHARACTERS, 'it is too long')
  const x = Buffer.from(clientKey).toString('base64url')
  let payload: unknown
  try {
    const { typ, jwk } = decodeProtectedHeader(proof)
    check(typ === 'dpop+jwt', 'its typ is not dpop+jwt')
    // The key in the header is only compared: what verifies is the key the session was bound to.
    check(
      jwk?.kty === 'OKP' && jwk.crv === 'Ed25519' && isSame(jwk.x, x),
      'it is not made with the key of this session',
    )
    // RFC 9449, section 4.3: a client that shows its private key has nothing left to prove.
    check(!('d' in jwk), 'it shows a private key')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    const verified = await compactVerify(proof, key, { algorithms: ALGORITHMS })
    payload = JSON.parse(Buffer.from(verified.payload).toString('utf8'))
  } catch (cause) {
    if (cause instanceof EnclaveError) throw cause
    throw invalid('it is not a JWT signed by the key of this session', cause)
  }
  check(typeof payload === 'object' && payload !== null && !Array.isArray(payload), 'its payload is not an object')
  return payload as Record<string, unknown>
}

/** The path of `htu`; scheme and host are the gateway's business and are not compared. */
function pathOf(htu: unknown): string | null {
  if (typeof htu !== 'string' || !/^https?:\/\//.test(htu) || /[?#]/.test(htu)) return null
  return URL.parse(htu)?.pathname ?? null
}

function isSame(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false
  const bytes = Buffer.from(given)
  const wanted = Buffer.from(expected)
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted)
}

function check(holds: boolean, detail: string): asserts holds {
  if (!holds) throw invalid(detail)
}

function invalid(detail: string, cause?: unknown): EnclaveError {
  return new EnclaveError('proof_invalid', `the proof of possession is not valid: ${detail}`, { cause })
}
