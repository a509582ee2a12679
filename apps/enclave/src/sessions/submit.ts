/**
 * Takes a sealed submission in: the session exists when, and only when, everything about it held. Order of the checks:
 * shape, lifetime, opens in the collector, nonce not used, key works and is read-only; then one transaction.
 */
import { writeOpsLog } from '../audit/ops-log.ts'
import { EnclaveError } from '../errors.ts'
import type { RequestContext, Session, SubmittedSession } from '../http/services.ts'
import type { OpenedSubmission, SealedSubmission } from '../ports/collector.ts'
import type { KeyReport } from '../ports/venue.ts'
import { storeCredentials } from '../store/credentials.ts'
import { endAbandoned } from './expire.ts'
import { type SessionParts, TTL_FLOOR_SECONDS } from './parts.ts'
import { accountPseudonym, userPseudonym } from './pseudonym.ts'
import { forget } from './revoke.ts'
import { newSessionId, sessionKeyOf } from './session-key.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const ENCAPSULATED_BYTES = { x25519: 32, 'x-wing': 1_120 } as const
const VENUES: ReadonlySet<string> = new Set(['binance', 'coinbase', 'kraken'])
const LABEL = /^[A-Za-z0-9 ._-]{1,64}$/
/** A venue's name for a right, as far as it is fit to be shown. */
const RIGHT = /^[A-Za-z0-9 _:.-]{1,40}$/

export async function submit(
  parts: SessionParts,
  submission: SealedSubmission,
  context: RequestContext,
): Promise<SubmittedSession> {
  checkShape(parts, submission)
  const sessionId = newSessionId(parts.random)
  const key = sessionKeyOf(sessionId)
  if (key === null) throw new EnclaveError('internal', 'a new session id has not the form of one')
  try {
    const session = await admit(parts, submission, key)
    await store(parts, submission, session, context)
    return {
      sessionId,
      expiresAt: session.expiresAt,
      exchange: session.venue,
      label: session.label,
      account: session.account,
      keyEpoch: parts.keyEpoch(),
      bound: session.clientKey !== null,
    }
  } catch (error) {
    // What went wrong first is what the client must hear, even when the collector is what went wrong.
    await forget(parts.collector, key).catch(() => undefined)
    throw error
  }
}

function checkShape(parts: SessionParts, { suite, encapsulatedKey, nonce, sealed, metadata }: SealedSubmission): void {
  if (nonce.length !== NONCE_BYTES) throw new EnclaveError('invalid_nonce', 'nonce is not 12 bytes')
  if (encapsulatedKey.length !== ENCAPSULATED_BYTES[suite]) {
    throw new EnclaveError(
      'invalid_key',
      `ephemeral_pub is not ${ENCAPSULATED_BYTES[suite]} bytes, the length of ${suite}`,
    )
  }
  if (sealed.length <= TAG_BYTES) throw new EnclaveError('decryption_failed', 'the submission is empty')
  if (!VENUES.has(metadata.exchange)) {
    throw new EnclaveError('unknown_exchange', `exchange is none of ${[...VENUES].join(', ')}`)
  }
  if (!LABEL.test(metadata.label)) {
    throw new EnclaveError(
      'invalid_request',
      'label is not 1 to 64 letters, digits, spaces, dots, underscores or hyphens',
    )
  }
  if (!Number.isSafeInteger(metadata.ttl) || metadata.ttl < TTL_FLOOR_SECONDS) {
    throw new EnclaveError('invalid_request', `ttl is not a whole number of seconds of at least ${TTL_FLOOR_SECONDS}`)
  }
  if (metadata.ttl > parts.maxTtlSeconds) {
    throw new EnclaveError('ttl_too_long', `ttl is over the maximum of ${parts.maxTtlSeconds} seconds`)
  }
}

/** What must hold before anything is stored. The collector holds the credentials from `open` on. */
async function admit(parts: SessionParts, submission: SealedSubmission, key: string): Promise<AdmittedSession> {
  const opened = await parts.collector.open(key, submission)
  await parts.nonces.claim(parts.db, submission.nonce, parts.clock.now())
  const report = await parts.collector.checkKey(key)
  if (!report.readOnly) throw notReadOnly(report)
  const createdAt = parts.clock.now()
  return {
    key,
    venue: opened.venue,
    label: submission.metadata.label,
    account: accountPseudonym(parts.pseudonyms, opened.venue, report.accountUid),
    userId: opened.userId === null ? null : userPseudonym(parts.pseudonyms, opened.userId),
    symbols: opened.symbols,
    createdAt,
    expiresAt: createdAt + submission.metadata.ttl * 1000,
    clientKey: opened.clientKey,
    credentials: opened.credentials,
  }
}

type AdmittedSession = Session & Pick<OpenedSubmission, 'credentials'>

function notReadOnly({ excess }: KeyReport): EnclaveError {
  const shown = excess.filter((right) => RIGHT.test(right)).slice(0, 8)
  const rights = shown.length === 0 ? '' : ` (${shown.join(', ')})`
  return new EnclaveError(
    'key_not_read_only',
    `the exchange says this key may do more than read${rights}: make a read-only key and submit that one`,
  )
}

async function store(
  parts: SessionParts,
  submission: SealedSubmission,
  admitted: AdmittedSession,
  context: RequestContext,
): Promise<void> {
  const { credentials, ...session } = admitted
  const createdAt = new Date(session.createdAt)
  const access = { sessionKey: session.key, now: session.createdAt, requestId: context.requestId }
  try {
    await parts.db.transaction().execute(async (tx) => {
      if (session.userId !== null) {
        await tx
          .insertInto('users')
          .values({ id: session.userId, created_at: createdAt })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute()
      }
      await tx
        .insertInto('sessions')
        .values({
          key: session.key,
          user_id: session.userId,
          venue: session.venue,
          label: session.label,
          account: session.account,
          created_at: createdAt,
          expires_at: new Date(session.expiresAt),
          sealed: parts.vault.seal(session),
        })
        .execute()
      await storeCredentials(tx, access, credentials, submission)
      await tx.insertInto('collections').values({ session_key: session.key }).execute()
      await writeOpsLog(tx, {
        at: session.createdAt,
        event: 'session_submitted',
        requestId: context.requestId,
        outcome: 'ok',
        sessionKey: session.key,
      })
    })
  } catch (error) {
    // A commit whose answer was lost may have happened: nobody knows the session's id, so it must not live on.
    parts.abandoned.add(session.key)
    await endAbandoned(parts).catch(() => undefined)
    throw error
  }
}
