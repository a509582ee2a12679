import { type Amount, floorTo, over, share, times, timesRounded, unit } from '../amount/amount.ts'
import { type Market, marketName, type PriceBoard } from '../market/market.ts'
import type { Seeded } from '../random/seeded.ts'
import type { Account } from './account.ts'
import type { Fill, Flow } from './events.ts'
import { MINIMUM_USD, type VenueProfile } from './profile.ts'

const MICROS = 1000
/** Of a hundred orders, so many close a whole position where one may be closed. */
const CLOSING_PERCENT = 6
/** An order for everything that is there. */
const WHOLE = 100

export interface OrderOptions {
  /** Most pieces the order may be filled in. */
  readonly most: number
  /** Some orders fill over seconds instead of at once. */
  readonly spread?: boolean
  /** Milliseconds since 1970 from which the history shows the fills; see `Account.book`. */
  readonly visibleAt?: number | undefined
}

/** A simulated person who places orders: never with money that is not there, always at the board's price. */
export class Trader {
  readonly account: Account
  readonly profile: VenueProfile
  readonly #board: PriceBoard
  readonly #random: Seeded
  readonly #lastTradeId = new Map<string, string>()
  /** Draws of its own, so that closing positions shifts no other choice. */
  readonly #closing: Seeded
  /** Bases bought since they were last sold whole. */
  readonly #bought = new Set<string>()
  #lastOrderId: string | null = null
  /** Trade ids grow with time, so no fill may be dated before the one before it. */
  #lastAt = 0

  constructor(profile: VenueProfile, account: Account, board: PriceBoard, random: Seeded) {
    this.profile = profile
    this.account = account
    this.#board = board
    this.#random = random
    this.#closing = random.branch('closing')
  }

  /**
   * One order at `ms` (milliseconds since 1970), never before the last fill. Its pieces often share their instant.
   * Empty when no market leaves room for an order.
   */
  order(ms: number, options: OrderOptions): readonly Fill[] {
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const market = this.#chooseMarket()
      if (this.#closing.chance(CLOSING_PERCENT) && this.#mayClose(market)) {
        const fills = this.#execute(market, 'sell', WHOLE, ms, options)
        if (fills.length > 0) return fills
      }
      const first = this.#random.chance(50) ? 'buy' : 'sell'
      for (const side of [first, first === 'buy' ? 'sell' : 'buy'] as const) {
        const fills = this.#execute(market, side, this.#random.integer(1, 6), ms, options)
        if (fills.length > 0) return fills
      }
    }
    return []
  }

  /** Exactly `count` fills at `ms`, over as many orders as it takes. Throws when the account is too poor. */
  trade(count: number, ms: number, visibleAt?: number): readonly Fill[] {
    const fills: Fill[] = []
    while (fills.length < count) {
      const placed = this.order(ms, { most: count - fills.length, visibleAt })
      if (placed.length === 0) throw new Error('the trader has nothing left to trade with')
      fills.push(...placed)
    }
    return fills
  }

  flow(flow: Omit<Flow, 'sequence' | 'id'>): Flow {
    return this.account.move({ ...flow, id: this.profile.flowId(this.#random) })
  }

  /**
   * Corrects the last fill the way Coinbase reports it: a reversal and a correction that repeat its trade id, the
   * correction with half the fee. Both are dated now.
   */
  correctLast(ms: number): readonly [Fill, Fill] {
    const wrong = this.account.fills.findLast((fill) => fill.kind === 'fill')
    if (wrong === undefined) throw new Error('there is no fill to correct')
    const orderId = wrong.orderId
    const at = ms * MICROS
    const reversal = this.account.book({ ...wrong, orderId, at, kind: 'reversal' })
    const correction = this.account.book({ ...wrong, orderId, at, fee: wrong.fee / 2n, kind: 'correction' })
    return [reversal, correction]
  }

  #chooseMarket(): Market {
    const markets = this.profile.markets
    let ticket = this.#random.integer(
      1,
      markets.reduce((sum, { weight }) => sum + weight, 0),
    )
    for (const market of markets) {
      ticket -= market.weight
      if (ticket <= 0) return market
    }
    throw new Error('no market to trade')
  }

  /** Only what was bought, never the token that pays its fees, nor what a planned withdrawal still has to find there. */
  #mayClose({ base }: Market): boolean {
    const { feeToken, flows } = this.profile
    const isWithdrawal = ({
      direction,
      asset,
      status = 'done',
    }: Partial<Pick<Flow, 'direction' | 'asset' | 'status'>>) =>
      direction === 'out' && asset === base && status === 'done'
    const ahead = flows.filter(isWithdrawal).length - this.account.flows.filter(isWithdrawal).length
    return this.#bought.has(base) && base !== feeToken && ahead <= 0
  }

  /** `hundredths` of what is there, in pieces. */
  #execute(
    market: Market,
    side: 'buy' | 'sell',
    hundredths: number,
    ms: number,
    options: OrderOptions,
  ): readonly Fill[] {
    const price = this.#board.price(market, ms)
    const total = this.#orderQuantity(market, side, hundredths, price, ms)
    if (total === 0n) return []
    const pieces = Math.min(options.most, this.#random.pick([1, 1, 1, 2, 2, 3, 3, 4, 5, 7]))
    if (side === 'buy') this.#bought.add(market.base)
    else if (hundredths === WHOLE) this.#bought.delete(market.base)
    const maker = this.#random.chance(40)
    const orderId = this.profile.orderId(this.#random, this.#lastOrderId)
    this.#lastOrderId = orderId
    const spread = options.spread === true && this.#random.chance(35) ? this.#random.integer(1, 900) * MICROS : 0
    const fills: Fill[] = []
    let left = total
    let at = Math.max(this.#stamp(ms), this.#lastAt)
    const tick = unit(market.priceDecimals)
    for (let piece = 1; piece <= pieces && left > 0n; piece += 1) {
      const part = floorTo(left / BigInt(pieces - piece + 1), market.quantityDecimals)
      const quantity = piece === pieces || part === 0n ? left : part
      left -= quantity
      // Later pieces walk the book, in the trader's favour, so that the money set aside always suffices.
      const walked = side === 'sell' ? price + BigInt(piece - 1) * tick : price - BigInt(piece - 1) * tick
      const fill = this.#fill(market, side, at, orderId, walked > 0n ? walked : price, quantity, maker)
      fills.push(this.account.book(fill, options.visibleAt))
      this.#lastAt = at
      at += spread
    }
    return fills
  }

  /** Hundredths of what is there, in whole steps of the market; zero when that is not worth an order. */
  #orderQuantity(market: Market, side: 'buy' | 'sell', hundredths: number, price: Amount, ms: number): Amount {
    const held = this.account.balance(side === 'buy' ? market.quote : market.base)
    const part = share(held, BigInt(hundredths), 100n, 18)
    const quantity =
      side === 'buy' ? over(part, price, market.quantityDecimals) : floorTo(part, market.quantityDecimals)
    const usd = this.#board.rate(market.base, this.#usdAsset(), ms, 8)
    return timesRounded(quantity, usd, 8) < MINIMUM_USD ? 0n : quantity
  }

  #usdAsset(): string {
    return this.profile.assets[0]?.asset ?? 'USD'
  }

  #fill(
    market: Market,
    side: 'buy' | 'sell',
    at: number,
    orderId: string,
    price: Amount,
    quantity: Amount,
    maker: boolean,
  ): Omit<Fill, 'sequence'> {
    const exact = times(price, quantity)
    const cost = market.costDecimals === null ? exact : timesRounded(price, quantity, market.costDecimals)
    const { fee, feeAsset } = this.#fee(market, side, at, quantity, cost, maker)
    return {
      tradeId: this.#nextTradeId(market),
      orderId,
      market,
      at,
      side,
      price,
      quantity,
      cost,
      fee,
      feeAsset,
      maker,
      kind: 'fill',
    }
  }

  #fee(
    market: Market,
    side: 'buy' | 'sell',
    at: number,
    quantity: Amount,
    cost: Amount,
    maker: boolean,
  ): { fee: Amount; feeAsset: string } {
    const { feeToken, feeFromReceived } = this.profile
    const rate = maker ? this.profile.feeMillionths.maker : this.profile.feeMillionths.taker
    if (feeToken !== undefined && market.base !== feeToken) {
      const price = this.#board.rate(market.quote, feeToken, Math.floor(at / MICROS), 12)
      const fee = timesRounded((cost * rate * 3n) / 4_000_000n, price, market.feeDecimals)
      if (fee > 0n && this.account.balance(feeToken) > fee * 2n) return { fee, feeAsset: feeToken }
    }
    if (feeFromReceived && side === 'buy') {
      return { fee: share(quantity, rate, 1_000_000n, market.feeDecimals), feeAsset: market.base }
    }
    return { fee: share(cost, rate, 1_000_000n, market.feeDecimals), feeAsset: market.quote }
  }

  /** Goes on after fills that were booked from elsewhere: later ids and times follow the last of them. */
  resume(market: Market, last: { readonly id: string; readonly at: number }): void {
    this.#lastTradeId.set(marketName(market), last.id)
    this.#lastAt = last.at * MICROS
  }

  #nextTradeId(market: Market): string {
    const name = marketName(market)
    const id = this.profile.tradeId(this.#random, market, this.#lastTradeId.get(name) ?? null)
    this.#lastTradeId.set(name, id)
    return id
  }

  /** A venue stamps no finer than its own clock; finer digits are drawn, as real ones look. */
  #stamp(ms: number): number {
    const { stampMicros } = this.profile
    return ms * MICROS + (stampMicros < MICROS ? this.#random.integer(0, MICROS / stampMicros - 1) * stampMicros : 0)
  }
}
