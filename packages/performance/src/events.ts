/**
 * The canonical events of an account: what a venue connector produces and what the ledger books.
 * Every amount is a decimal string taken from the venue's own text, never a JavaScript number.
 */

/** `-?digits[.digits]`, no exponent, no leading plus, no spaces. */
export type Decimal = string

/** Microseconds since 1970-01-01T00:00:00Z, a safe integer. Kraken stamps fills finer than a millisecond. */
export type Micros = number

export type Side = 'buy' | 'sell'

/** `amount` above zero is a cost to the account, below zero a rebate. */
export interface Fee {
  readonly asset: string
  readonly amount: Decimal
}

/** One execution on a venue. Identity is (account, product, market, tradeId). */
export interface Fill {
  readonly kind: 'fill'
  /** Pseudonym of the venue account. */
  readonly account: string
  readonly venue: string
  /** Derivatives join as further products. */
  readonly product: 'spot'
  /** `BASE/QUOTE` in the ledger's asset names, for example `BTC/USDT`. */
  readonly market: string
  readonly base: string
  readonly quote: string
  readonly tradeId: string
  readonly orderId: string
  readonly at: Micros
  readonly side: Side
  /** Base units, above zero, gross of fees. */
  readonly quantity: Decimal
  /** Quote per base unit, above zero. */
  readonly price: Decimal
  /** What the venue says was paid or received in quote, before fees; absent when the venue does not say. */
  readonly quoteQuantity?: Decimal
  readonly fees: readonly Fee[]
  readonly liquidity?: 'maker' | 'taker'
  /**
   * A `reversal` repeats the side, amounts and fees of the fill it undoes, under an id of its own: its assets move the
   * other way and its fees come back.
   */
  readonly execution: 'trade' | 'reversal' | 'dust' | 'convert' | 'liquidation'
}

/** Assets that enter or leave the account other than by a fill. Identity is (account, flow, id). */
export interface Flow {
  readonly kind: 'flow'
  readonly account: string
  readonly venue: string
  readonly id: string
  readonly at: Micros
  readonly flow: 'deposit' | 'withdrawal' | 'transfer' | 'reward' | 'interest' | 'rebate'
  /** `in` raises the balance, `out` lowers it. */
  readonly direction: 'in' | 'out'
  readonly asset: string
  /** Above zero, as credited (in) or as taken off (out), without the fee. */
  readonly amount: Decimal
  /** Taken on top of `amount`. */
  readonly fee?: Fee
}

export type AccountEvent = Fill | Flow

/** What the venue said the account held at one instant; assets not named are zero. */
export interface BalanceSnapshot {
  readonly account: string
  readonly at: Micros
  readonly balances: readonly { readonly asset: string; readonly total: Decimal }[]
}

/** Close of one UTC day for a market, quote per base. `day` is `YYYY-MM-DD`. */
export interface DailyClose {
  readonly market: string
  readonly base: string
  readonly quote: string
  readonly day: string
  readonly close: Decimal
}
