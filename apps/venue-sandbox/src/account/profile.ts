import type { Amount } from '../amount/amount.ts'
import type { Market } from '../market/market.ts'
import type { PricedAsset } from '../market/volatility.ts'
import type { Seeded } from '../random/seeded.ts'

export type VenueId = 'binance' | 'coinbase' | 'kraken'

export const VENUES: readonly VenueId[] = ['binance', 'coinbase', 'kraken']

interface PlannedFlow {
  /** Share of the history at which it happens, in thousandths. */
  readonly when: number
  readonly direction: 'in' | 'out'
  readonly asset: string
  readonly amount: string
  readonly fee: string
  readonly status?: 'rejected'
}

/** How one venue names, rounds and charges: everything the trader needs to know about it. */
export interface VenueProfile {
  readonly venue: VenueId
  readonly assets: readonly PricedAsset[]
  readonly markets: readonly Market[]
  readonly flows: readonly PlannedFlow[]
  /** Fills per account unless told otherwise. */
  readonly fills: number
  /** Microseconds to which the venue stamps a fill. */
  readonly stampMicros: number
  /** Maker and taker fee, in millionths of the cost. */
  readonly feeMillionths: { readonly maker: bigint; readonly taker: bigint }
  /** Asset that pays the fee while there is enough of it, at a discount of a quarter. */
  readonly feeToken?: string
  /** Without the token, the fee of a buy is taken in base, as on Binance; otherwise always in quote. */
  readonly feeFromReceived: boolean
  /** Identifier of the next trade of a market; `previous` is the last one of that market, or null. */
  tradeId(random: Seeded, market: Market, previous: string | null): string
  orderId(random: Seeded, previous: string | null): string
  flowId(random: Seeded): string
}

/** Smallest order worth placing, in USD. */
export const MINIMUM_USD: Amount = 10n ** 19n
