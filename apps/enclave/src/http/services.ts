/**
 * What the routes need from the domain. `wiring/services.ts` supplies the real ones; route tests supply small ones.
 * Every rejection is an `EnclaveError`: its `code` and `status` become the problem document.
 */
import type { Binding } from '@perf-aggregator/attestation'
import type { ReportingCurrency } from '@perf-aggregator/contracts'
import type { BalanceSnapshot, DayValue, Performance } from '@perf-aggregator/performance'
import type { EndorsementReport } from '../endorsements/watch.ts'
import type { SealedSubmission } from '../ports/collector.ts'
import type { VenueId } from '../ports/venue.ts'

/** Who asks: travels into the audit trail. */
export interface RequestContext {
  readonly requestId: string
  readonly method: string
  /** Path without query, as signed in a proof of possession. */
  readonly path: string
  /** The `DPoP` header, if any. */
  readonly proof: string | null
}

export interface Quote {
  readonly quote: Uint8Array
  readonly evidenceType: string
  readonly endorsements: readonly Uint8Array[]
  readonly binding: Binding
}

export interface SubmittedSession {
  readonly sessionId: string
  readonly expiresAt: number
  readonly exchange: VenueId
  readonly label: string
  readonly account: string
  readonly keyEpoch: number
  readonly bound: boolean
}

/** A session the caller has proved to hold. `key` is the SHA-256 of the session id, hex: the database's name for it. */
export interface Session {
  readonly key: string
  readonly venue: VenueId
  readonly label: string
  readonly account: string
  readonly userId: string | null
  readonly symbols: readonly string[]
  /** Milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Ed25519 public key, or null where the session is not bound. */
  readonly clientKey: Uint8Array | null
}

export interface CollectionStatus {
  readonly state: 'collecting' | 'up_to_date' | 'venue_unavailable' | 'key_refused'
  readonly fills: number
  readonly flows: number
  /** Delivered again with the same content, counted once. */
  readonly duplicates: number
  /** Delivered again with other content; the first is kept. */
  readonly conflicts: number
  readonly pages: number
  readonly streams: { readonly total: number; readonly caughtUp: number }
  readonly gaps: readonly { readonly stream: string; readonly from: string; readonly to: string }[]
  readonly lastPollAt: number | null
  /** A code of ours, never the venue's text. */
  readonly lastError: string | null
  readonly balances: BalanceSnapshot | null
}

export interface IssuedCertificate {
  readonly id: string
  /** The certificate file, exactly as signed and logged. */
  readonly certificate: unknown
}

export interface RecordMetadata {
  readonly id: string
  readonly createdAt: number
  readonly size: number
  readonly contentType: string
  readonly label: string | null
}

export interface AttestationService {
  quote(nonce: Uint8Array): Promise<Quote>
}

export interface SessionService {
  /** Decrypts in the collector, claims the nonce, tries the key on the venue, stores; nothing is stored on any failure. */
  submit(submission: SealedSubmission, context: RequestContext): Promise<SubmittedSession>
  /** The live session behind `sessionId`, its proof of possession checked where it is bound. */
  authorise(sessionId: string, context: RequestContext): Promise<Session>
  /**
   * Several sessions in one request, which carries one proof: the first is authorised by it as above, and every other
   * must be live and bound to the same client key as the first (or, like it, to none), otherwise `owner_mismatch`.
   */
  authoriseTogether(sessionIds: readonly [string, ...string[]], context: RequestContext): Promise<readonly Session[]>
  /** Purges credentials, collected events and certificates of the session. */
  revoke(
    session: Session,
    context: RequestContext,
  ): Promise<{ credentials: number; events: number; certificates: number }>
}

export interface PerformanceService {
  status(session: Session): Promise<CollectionStatus>
  /** The figures of the session now, in the currency of its venue. */
  current(session: Session): Promise<{ performance: Performance; days: readonly DayValue[] }>
}

export interface CertificateService {
  issue(
    sessions: readonly Session[],
    reportingCurrency: ReportingCurrency | undefined,
    context: RequestContext,
  ): Promise<IssuedCertificate>
  get(id: string): Promise<IssuedCertificate>
}

export interface LogService {
  /** The newest published checkpoint, a signed note. */
  checkpoint(): Promise<string>
  /** `tile/0/x001/067.p/4` or `tile/entries/…`, without leading slash; null when there is no such tile. */
  tile(path: string): Promise<Uint8Array | null>
}

export interface RecordService {
  create(
    tenant: string,
    record: { data: Uint8Array; contentType: string; label: string | null },
    context: RequestContext,
  ): Promise<RecordMetadata>
  read(tenant: string, id: string, context: RequestContext): Promise<RecordMetadata & { data: Uint8Array }>
  list(
    tenant: string,
    page: { limit: number; after: string | null },
    context: RequestContext,
  ): Promise<{ records: readonly RecordMetadata[]; next: string | null }>
  destroy(tenant: string, id: string, context: RequestContext): Promise<void>
}

export interface TokenService {
  /** The tenant of a live bearer token that has `scope`. Rejects `token_missing`, `token_invalid`, `token_scope`. */
  authorise(authorization: string | undefined, scope: 'records'): Promise<{ tenant: string }>
}

export interface HealthService {
  /** Per dependency `ok`, or what is wrong with it. */
  ready(): Promise<{
    readonly ok: boolean
    readonly checks: Readonly<Record<string, string>>
    /** What of the endorsements clients will miss; null on a simulator, and before the first evidence. */
    readonly endorsements: EndorsementReport | null
  }>
}

export interface RateLimiter {
  /** One request of `client`; the count is shared by all replicas through the database. */
  take(client: string): Promise<{
    readonly allowed: boolean
    readonly remaining: number
    readonly resetSeconds: number
    readonly limit: number
  }>
}

export interface Services {
  readonly attestation: AttestationService
  readonly sessions: SessionService
  readonly performance: PerformanceService
  readonly certificates: CertificateService
  readonly log: LogService
  readonly records: RecordService
  readonly tokens: TokenService
  readonly health: HealthService
  readonly limiter: RateLimiter
}
