import type { Amount } from '../amount/amount.ts'
import type { Market } from '../market/market.ts'

/** Microseconds since 1970, a safe integer. */
type Micros = number

/** One execution, before any venue dresses it in its own words. */
export interface Fill {
  /** The venue's identifier of the trade; unique per market only on Binance, as there. */
  readonly tradeId: string
  readonly orderId: string
  readonly market: Market
  readonly at: Micros
  readonly side: 'buy' | 'sell'
  readonly price: Amount
  readonly quantity: Amount
  /** What the venue says was paid or received in quote, before the fee. */
  readonly cost: Amount
  readonly fee: Amount
  readonly feeAsset: string
  readonly maker: boolean
  /** `reversal` undoes the fill with the same trade id; `correction` states it anew. */
  readonly kind: 'fill' | 'reversal' | 'correction'
  /** Order of booking within the account: a total order where times are equal. */
  readonly sequence: number
}

export interface Flow {
  readonly id: string
  readonly at: Micros
  readonly direction: 'in' | 'out'
  readonly asset: string
  /** As credited (in) or as received by the other side (out); the fee comes off the balance on top. */
  readonly amount: Amount
  readonly fee: Amount
  /** A rejected flow is listed and moves nothing. */
  readonly status: 'done' | 'rejected'
  readonly sequence: number
}

/** What a fill does to each balance. */
export function legs(fill: Fill): readonly { readonly asset: string; readonly change: Amount }[] {
  const bought = (fill.side === 'buy') === (fill.kind !== 'reversal')
  const feeSign = fill.kind === 'reversal' ? 1n : -1n
  return [
    { asset: fill.market.base, change: bought ? fill.quantity : -fill.quantity },
    { asset: fill.market.quote, change: bought ? -fill.cost : fill.cost },
    { asset: fill.feeAsset, change: feeSign * fill.fee },
  ]
}

/** What a flow does to the balance of its asset. */
export function flowChange(flow: Flow): Amount {
  if (flow.status === 'rejected') return 0n
  return flow.direction === 'in' ? flow.amount - flow.fee : -(flow.amount + flow.fee)
}
