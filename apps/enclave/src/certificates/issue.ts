/**
 * Issues certificates in the order that makes them believable after any crash: sign, store the draft, append its leaf
 * to the log, and release only what a durable checkpoint covers. A draft that a crash left behind is finished later:
 * appending is idempotent by leaf, so it gets the place it would have had.
 */

import type { KeyObject } from 'node:crypto'
import type { ReportingCurrency } from '@perf-aggregator/contracts'
import type { Performance } from '@perf-aggregator/performance'
import {
  CERTIFICATE_MEDIA_TYPE,
  type Cmw,
  certificateId,
  certificateLeaf,
  encodeClaims,
  formatCertificateFile,
  formatCmw,
  MAX_CERTIFICATE_BYTES,
  payloadDigest,
  readCertificate,
  readJson,
  type Statement,
  type StatementSigner,
  signStatement,
  type UnverifiedCertificate,
  type UnverifiedEvidence,
} from '@perf-aggregator/protocol'
import type { Kysely } from 'kysely'
import { type Aggregates, incomplete } from '../aggregation/aggregation.ts'
import { writeOpsLog } from '../audit/ops-log.ts'
import { EnclaveError } from '../errors.ts'
import type { CertificateService, IssuedCertificate, RequestContext, Session } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import { sqlState } from '../store/availability.ts'
import type { Database } from '../store/tables.ts'
import { macOfPlace, requireOwnPlace } from './chain.ts'
import { type ChainLink, claimsOf, type Issuer } from './claims.ts'

export interface CertificateParts {
  readonly db: Kysely<Database>
  readonly clock: Clock
  /** The `certificates` branch of the master key. */
  readonly branch: KeyObject
  readonly measure: (sessions: readonly Session[], reportingCurrency?: ReportingCurrency) => Promise<Aggregates>
  readonly signer: StatementSigner
  /** Resolves when a checkpoint that covers the leaf is durable; idempotent by leaf. */
  readonly append: (leaf: Uint8Array) => Promise<{ readonly proof: string }>
  /** Evidence for the result keys, and who they belong to; asked at each issuance, since a collector restart renews it. */
  readonly identity: () => Promise<{ readonly issuer: Issuer; readonly evidence: UnverifiedEvidence }>
  /** Pseudonym of a set of accounts. */
  readonly subject: (accounts: readonly string[]) => string
}

/** A certificate before its leaf is in the log. */
interface Draft {
  readonly statement: Statement
  readonly cmw: Cmw
}

/** Two replicas draft for one subject at once: the loser takes the next number. */
const CHAIN_TRIES = 5
/** Of a proof in the file: 63 hashes of 46 characters at most, and a checkpoint of under 8,000. */
const MAX_PROOF_CHARACTERS = 12_000
/** SQLSTATE, PostgreSQL appendix A. */
const UNIQUE_VIOLATION = '23505'

export class Certificates implements CertificateService {
  readonly #parts: CertificateParts
  /** By subject, the last draft that was begun: within this process they queue for their numbers. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(parts: CertificateParts) {
    this.#parts = parts
  }

  /**
   * Rejects `duplicate_account`, `owner_mismatch`, `collection_incomplete`, `currency_unpriced`, `certificate_too_large`, `storage_altered`, `log_conflict` when
   * other replicas took the next number every time, and whatever the log rejects with; nothing is released then.
   */
  async issue(
    sessions: readonly Session[],
    reportingCurrency: ReportingCurrency | undefined,
    context: RequestContext,
  ): Promise<IssuedCertificate> {
    requireOneOwner(sessions)
    const aggregates = await this.#parts.measure(sessions, reportingCurrency)
    for (const status of aggregates.statuses.values()) if (status.state !== 'up_to_date') throw incomplete()
    if (!isValued(aggregates.performance)) {
      throw new EnclaveError('currency_unpriced', 'the accounts cannot be valued in this currency')
    }
    const subject = this.#parts.subject(sessions.map(({ account }) => account))
    const { id, draft } = await this.#inTurn(
      subject,
      async () => await this.#draft(subject, sessions, aggregates, context),
    )
    return { id, certificate: await this.#release(id, draft) }
  }

  async get(id: string): Promise<IssuedCertificate> {
    const row = await this.#parts.db
      .selectFrom('aggregates')
      .select(['certificate', 'withdrawn_at'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (row !== undefined && row.withdrawn_at !== null) {
      throw new EnclaveError('certificate_withdrawn', 'its owner withdrew this certificate')
    }
    if (row === undefined || row.certificate === null) {
      throw new EnclaveError('certificate_unknown', 'no certificate of this name was released here')
    }
    return { id, certificate: readCertificate(readJson(row.certificate, 8)) }
  }

  /**
   * Finishes the drafts a crash left behind. Called at every start, before the first request. Rejects `storage_altered` for
   * one that is not ours: what is in the log, this enclave has signed.
   */
  async finishDrafts(): Promise<number> {
    const rows = await this.#parts.db
      .selectFrom('aggregates')
      .select(['id', 'subject', 'seq', 'prev', 'mac', 'draft'])
      .where('certificate', 'is', null)
      .where('draft', 'is not', null)
      .orderBy('created_at')
      .execute()
    for (const row of rows) {
      requireOwnPlace(this.#parts.branch, row)
      await this.#release(row.id, openDraft(row))
    }
    return rows.length
  }

  async #inTurn<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(subject) ?? Promise.resolve()).then(work, work)
    this.#turns.set(subject, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(subject) === mine) this.#turns.delete(subject)
    }
  }

  async #draft(
    subject: string,
    sessions: readonly Session[],
    aggregates: Aggregates,
    { requestId }: RequestContext,
  ): Promise<{ readonly id: string; readonly draft: Draft }> {
    const { db, clock, branch, signer, identity } = this.#parts
    const { issuer, evidence } = await identity()
    for (let attempt = 1; ; attempt += 1) {
      const link = await this.#nextLink(subject)
      const claims = claimsOf(sessions, aggregates, issuer, link, clock.now())
      const statement = await signStatement(encodeClaims(claims), signer)
      const id = certificateId(statement.payload)
      const place = { id, subject, seq: link.seq, prev: link.prev }
      const draft: Draft = { statement, cmw: formatCmw(evidence) }
      requireReadable(draft)
      try {
        await db.transaction().execute(async (tx) => {
          await tx
            .insertInto('aggregates')
            .values({ ...place, mac: macOfPlace(branch, place), draft: JSON.stringify(draft) })
            .execute()
          await tx
            .insertInto('aggregate_sessions')
            .values(sessions.map(({ key }) => ({ aggregate_id: id, session_key: key })))
            .execute()
          for (const { key } of sessions) {
            const sessionKey = key
            await writeOpsLog(tx, {
              at: clock.now(),
              event: 'certificate_issued',
              requestId,
              outcome: 'ok',
              sessionKey,
            })
          }
        })
        return { id, draft }
      } catch (error) {
        if (sqlState(error) !== UNIQUE_VIOLATION) throw error
        if (attempt === CHAIN_TRIES) throw outrun(error)
      }
    }
  }

  async #nextLink(subject: string): Promise<ChainLink> {
    const last = await this.#parts.db
      .selectFrom('aggregates')
      .select(['id', 'subject', 'seq', 'prev', 'mac'])
      .where('subject', '=', subject)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (last === undefined) return { subject, seq: 1, prev: null }
    requireOwnPlace(this.#parts.branch, last)
    return { subject, seq: last.seq + 1, prev: last.id }
  }

  async #release(id: string, draft: Draft): Promise<UnverifiedCertificate> {
    const { proof } = await this.#parts.append(certificateLeaf(payloadDigest(draft.statement.payload)))
    const certificate: UnverifiedCertificate = { mediaType: CERTIFICATE_MEDIA_TYPE, ...draft, tlogProof: proof }
    // A session revoked meanwhile has withdrawn its certificates: the row then stays empty.
    await this.#parts.db
      .updateTable('aggregates')
      .set({ certificate: JSON.stringify(certificate), draft: null })
      .where('id', '=', id)
      .where('withdrawn_at', 'is', null)
      .execute()
    return certificate
  }
}

function outrun(cause: unknown): EnclaveError {
  const detail = 'other requests for these accounts kept taking the next number'
  return new EnclaveError('log_conflict', detail, { cause, retryAfterSeconds: 1 })
}

/** Whether anything that is held has a price: assets that never have one count as nil, which is no value of the account. */
function isValued({ closing, completeness, notes }: Performance): boolean {
  if (closing.value === null) return false
  const unpriced = new Set(notes.unpricedAssets)
  const held = completeness.flatMap(({ assets }) => assets.filter(({ closing: amount }) => /[1-9]/.test(amount)))
  return held.length === 0 || held.some(({ asset }) => !unpriced.has(asset))
}

/** What no reader would look at must not take a number of the chain. */
function requireReadable(draft: Draft): void {
  const file = formatCertificateFile({ mediaType: CERTIFICATE_MEDIA_TYPE, ...draft, tlogProof: '' })
  if (file.length + MAX_PROOF_CHARACTERS > MAX_CERTIFICATE_BYTES) {
    throw new EnclaveError('certificate_too_large', 'these accounts trade more markets than one certificate can hold')
  }
}

/** The MAC covers the id, and the id the payload: what else stands in a draft only whoever verifies the certificate need believe. */
function openDraft({ id, draft }: { readonly id: string; readonly draft: string | null }): Draft {
  const opened = JSON.parse(draft ?? 'null') as Draft | null
  if (typeof opened?.statement?.payload !== 'string' || certificateId(opened.statement.payload) !== id) {
    throw new EnclaveError('storage_altered', 'a stored draft is not the one this enclave signed')
  }
  return opened
}

/** One certificate speaks of one trader: the same client key on every session, the same user, no account twice. */
function requireOneOwner(sessions: readonly Session[]): void {
  const distinct = (values: readonly (string | null)[]): number => new Set(values).size
  if (distinct(sessions.map(({ account }) => account)) < sessions.length) {
    throw new EnclaveError('duplicate_account', 'two of the sessions are the same account')
  }
  const keys = sessions.map(({ clientKey }) => (clientKey === null ? null : Buffer.from(clientKey).toString('hex')))
  if (distinct(keys) > 1 || distinct(sessions.map(({ userId }) => userId)) > 1) {
    throw new EnclaveError('owner_mismatch', 'the sessions do not belong to one client key and user')
  }
}
