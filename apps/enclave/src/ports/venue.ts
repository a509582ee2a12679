/**
 * A venue as the collector sees it. One implementation per venue under `collector/venues/`:
 * `client.ts` does the I/O, `parse.ts` is pure and exact.
 */
import type { AccountEvent, DailyClose, Decimal } from '@perf-aggregator/performance'

export type VenueId = 'binance' | 'coinbase' | 'kraken'

/** What the venue says about a key; a key that may do more than read is refused (B3). */
export interface KeyReport {
  readonly readOnly: boolean
  /** The rights that make it more than read-only, in the venue's own words. */
  readonly excess: readonly string[]
  /** The venue's own account number, or a stable stand-in; never leaves the enclave unhashed. */
  readonly accountUid: string
}

/** Opaque to everyone but the venue's own client; plain JSON, persisted sealed. */
export type Cursor = { readonly [key: string]: string | number | boolean | null }

/**
 * One independently paged history, for example `fills:BTCUSDT` or `deposits`.
 * A stream's name is stable across restarts: cursors are stored under it.
 */
export type StreamName = string

export interface Page {
  readonly events: readonly AccountEvent[]
  /** Where to go on; committed in one transaction with the events. */
  readonly cursor: Cursor
  /** False: the stream is caught up for now; asking again with `cursor` later finds what is new. */
  readonly more: boolean
  /** History the venue does not show (retention, or fewer entries than it counts), as `toISOString` writes instants. */
  readonly gap?: { readonly from: string; readonly to: string }
}

export interface VenueClient {
  readonly venue: VenueId
  checkKey(): Promise<KeyReport>
  /** Every stream that together make the whole history. Asked again now and then: new markets add streams. */
  streams(hint: { readonly symbols: readonly string[] }): Promise<readonly StreamName[]>
  /** The page after `cursor`, its events under the pseudonym `account`; `null` starts at the beginning of the account. Pages may overlap; nothing may be missed. */
  page(account: string, stream: StreamName, cursor: Cursor | null): Promise<Page>
  balances(): Promise<readonly { readonly asset: string; readonly total: Decimal }[]>
  /** Daily closes `fromDay`..`toDay` (`YYYY-MM-DD`, inclusive) of the markets that exist among `markets` (`BASE/QUOTE`). */
  dailyCloses(markets: readonly string[], fromDay: string, toDay: string): Promise<readonly DailyClose[]>
}
