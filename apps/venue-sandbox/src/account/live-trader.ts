import { amount, plain } from '../amount/amount.ts'
import { marketName } from '../market/market.ts'
import type { Fill, Flow } from './events.ts'
import type { Trader } from './trader.ts'

/** What a test needs to know of a fill to find it again. */
export interface PlacedFill {
  readonly tradeId: string
  /** `BASE/QUOTE`. */
  readonly market: string
  /** Microseconds since 1970. */
  readonly at: number
}

export interface LiveFlow {
  readonly direction: 'in' | 'out'
  readonly asset: string
  readonly amount: string
  readonly fee?: string
}

/** The trader of one venue, as a test or a demonstration drives it while somebody else reads the account. */
export class LiveTrader {
  readonly #trader: Trader
  readonly #clock: () => number

  constructor(trader: Trader, clock: () => number) {
    this.#trader = trader
    this.#clock = clock
  }

  /**
   * Exactly `count` fills now. With `visibleAfterMs` the balances change at once and the history shows the fills only
   * later, behind newer ones: a late fill.
   */
  trade(count: number, options: { readonly visibleAfterMs?: number } = {}): readonly PlacedFill[] {
    const now = this.#clock()
    const visibleAt = options.visibleAfterMs === undefined ? undefined : now + options.visibleAfterMs
    return this.#trader.trade(count, now, visibleAt).map(placed)
  }

  /** Deposits or withdraws now. */
  move(flow: LiveFlow): Flow {
    const { direction, asset } = flow
    const at = Math.floor(this.#clock() / 1000) * 1_000_000
    return this.#trader.flow({
      direction,
      asset,
      at,
      amount: amount(flow.amount),
      fee: amount(flow.fee ?? '0'),
      status: 'done',
    })
  }

  /** The last fill is reversed and stated anew with half its fee, under the same trade id, as Coinbase does it. */
  correctLast(): readonly PlacedFill[] {
    return this.#trader.correctLast(this.#clock()).map(placed)
  }

  /** Every fill booked, hidden ones included, oldest first. */
  fills(): readonly PlacedFill[] {
    const { fills, hiddenFills } = this.#trader.account
    return [...fills, ...hiddenFills].sort((a, b) => a.at - b.at || a.sequence - b.sequence).map(placed)
  }

  flows(): readonly Flow[] {
    return this.#trader.account.flows
  }

  /** Asset → exact decimal text; zero balances included. */
  balances(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#trader.account.balances().map(({ asset, total }) => [asset, plain(total)]))
  }
}

function placed({ tradeId, market, at }: Fill): PlacedFill {
  return { tradeId, market: marketName(market), at }
}
