/**
 * The collector child process as the rest of the enclave sees it: the only process in which an exchange
 * secret, or the private HPKE keys, ever exist in clear. Only ciphertext and parsed events cross.
 */
import type { DailyClose, Decimal } from '@perf-aggregator/performance'
import type { Cursor, KeyReport, Page, StreamName, VenueId } from './venue.ts'

/** Public halves of the HPKE keys the child made at its start; new on every start. */
export interface CollectorKeys {
  readonly hpkeX25519: Uint8Array
  readonly hpkeXWing: Uint8Array
}

/** A submission as it arrived, decoded and checked for shape, still sealed. */
export interface SealedSubmission {
  readonly suite: 'x25519' | 'x-wing'
  readonly encapsulatedKey: Uint8Array
  readonly nonce: Uint8Array
  /** ciphertext ‖ tag */
  readonly sealed: Uint8Array
  readonly metadata: { readonly exchange: string; readonly label: string; readonly ttl: number }
}

/** Credentials sealed at rest: ciphertext under a data key, the data key wrapped by the master key's credentials branch. */
export interface SealedCredentials {
  readonly wrappedKey: Uint8Array
  readonly ciphertext: Uint8Array
}

export interface OpenedSubmission {
  readonly venue: VenueId
  /** Credentials re-sealed for storage, bound to `sessionId` by AAD. */
  readonly credentials: SealedCredentials
  readonly symbols: readonly string[]
  readonly userId: string | null
  /** Ed25519 public key (32 bytes) the session is bound to, or null. */
  readonly clientKey: Uint8Array | null
}

/** Told of every child that ends, by accident or by `purge`, and of the one that takes its place. */
export interface SuccessionListener {
  /** The keys of before open nothing any more. */
  readonly lost: () => void
  readonly back: (keys: CollectorKeys) => void
}

export interface Collector {
  /** Resolves when the child is up; called again after a respawn. */
  keys(): Promise<CollectorKeys>
  /**
   * Opens and re-seals. The tenant is then attached under `sessionId`, its secret held once, as a KeyObject.
   * Rejects with `EnclaveError`: `decryption_failed`, `plaintext_invalid`, `unknown_exchange`, `exchange_mismatch`.
   */
  open(sessionId: string, submission: SealedSubmission): Promise<OpenedSubmission>
  /** Tries the credentials on the venue. `venue_refused_key`, `venue_unavailable`. */
  checkKey(sessionId: string): Promise<KeyReport>
  /** After a restart: unseals stored credentials and holds them again. `unseal_failed`. */
  attach(sessionId: string, venue: VenueId, credentials: SealedCredentials): Promise<void>
  /** Every later call of a session that is not attached rejects with `not_attached`. */
  streams(sessionId: string, symbols: readonly string[]): Promise<readonly StreamName[]>
  page(sessionId: string, account: string, stream: StreamName, cursor: Cursor | null): Promise<Page>
  balances(sessionId: string): Promise<readonly { readonly asset: string; readonly total: Decimal }[]>
  /** Public market data, no credentials used. */
  dailyCloses(
    venue: VenueId,
    markets: readonly string[],
    fromDay: string,
    toDay: string,
  ): Promise<readonly DailyClose[]>
  /** Wipes the session's secret and collects garbage. Idempotent. */
  detach(sessionId: string): Promise<void>
  /** Kills the child and starts a new one: no copy of any secret survives. Sessions must be attached again. */
  purge(): Promise<void>
  /** From now on `listener` is told. */
  follow(listener: SuccessionListener): void
  stop(): Promise<void>
}
