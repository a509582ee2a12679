import { type Amount, amount, decimalsOf, floorTo, SCALE, share, times } from '../amount/amount.ts'
import { type Market, PriceBoard } from '../market/market.ts'
import { type Anchor, DAY_MS, PricePath } from '../market/price-path.ts'
import { USUAL_VOLATILITY } from '../market/volatility.ts'
import { Seeded } from '../random/seeded.ts'
import { Account } from './account.ts'
import { CANDLE_LEAD_DAYS, type History } from './history.ts'
import type { VenueProfile } from './profile.ts'
import type { RecordedTrade, Recording } from './recorded-trades.ts'
import { Trader } from './trader.ts'

const HOUR_MS = 3_600_000
/** Room left in every deposit, so that trading can go on live after the replay. */
const SPARE_PERCENT = 25n

/**
 * A trader whose fills are recorded public trades: same ids, times, prices and quantities. The money for them is deposited
 * an hour before the first one. The fees are made up (the recording has none): a thousandth, in BNB for the first half
 * and in what is received afterwards, so that both kinds occur, the same on every run.
 */
export function replay(
  recording: Recording,
  profile: VenueProfile,
  seed: string,
): { profile: VenueProfile; history: History } {
  const random = new Seeded(`${seed}/${profile.venue}/replay`)
  const [first] = recording.trades
  if (first === undefined) throw new Error('the recording holds no trade')
  const market = marketOf(recording)
  const replayed = replayProfile(profile, market, recording)
  const board = new PriceBoard(paths(replayed, recording, random))
  const account = new Account()
  const trader = new Trader(replayed, account, board, random.branch('trader'))
  const half = Math.floor(recording.trades.length / 2)
  const drafts = recording.trades.map((trade, index) => draft(trade, market, board, index < half))
  const at = (first.at - HOUR_MS) * 1000
  for (const [asset, needed] of needs(drafts.map(({ changes }) => changes))) {
    const deposit = needed + share(needed, SPARE_PERCENT, 100n, 2) + amount('10')
    trader.flow({ direction: 'in', asset, amount: floorTo(deposit, 2), fee: 0n, at, status: 'done' })
  }
  for (const { fill, orderId } of drafts) account.book({ ...fill, orderId })
  trader.resume(market, recording.trades.at(-1) ?? first)
  return { profile: replayed, history: { trader, board, listedAt: first.at - CANDLE_LEAD_DAYS * DAY_MS } }
}

function draft(trade: RecordedTrade, market: Market, board: PriceBoard, inToken: boolean) {
  const { side, price, quantity } = trade
  const cost = times(price, quantity)
  const received = side === 'buy' ? { asset: market.base, got: quantity } : { asset: market.quote, got: cost }
  const tokenRate = board.rate(market.quote, 'BNB', trade.at, 12)
  const inBnb = share((cost * tokenRate) / 10n ** BigInt(SCALE), 750n, 1_000_000n, market.feeDecimals)
  const fee = inToken ? inBnb : share(received.got, 1000n, 1_000_000n, market.feeDecimals)
  const feeAsset = inToken ? 'BNB' : received.asset
  const at = trade.at * 1000
  const fill = {
    tradeId: trade.id,
    market,
    at,
    side,
    price,
    quantity,
    cost,
    fee,
    feeAsset,
    maker: false,
    kind: 'fill' as const,
  }
  const changes = new Map<string, Amount>()
  const add = (asset: string, change: Amount): void => void changes.set(asset, (changes.get(asset) ?? 0n) + change)
  add(market.base, side === 'buy' ? quantity : -quantity)
  add(market.quote, side === 'buy' ? -cost : cost)
  add(feeAsset, -fee)
  // One order per trade: the recording does not say which trades belonged together.
  return { fill, changes, orderId: String(50_000_000 + Number(trade.id)) }
}

/** The deepest each balance would fall below zero without a deposit. */
function needs(changes: readonly ReadonlyMap<string, Amount>[]): ReadonlyMap<string, Amount> {
  const running = new Map<string, Amount>()
  const lowest = new Map<string, Amount>()
  for (const step of changes) {
    for (const [asset, change] of step) {
      const total = (running.get(asset) ?? 0n) + change
      running.set(asset, total)
      if (total < (lowest.get(asset) ?? 0n)) lowest.set(asset, total)
    }
  }
  return new Map([...running.keys()].map((asset) => [asset, -(lowest.get(asset) ?? 0n)]))
}

/** As fine as the recording itself, so that later live trades look like its own. */
function marketOf({ base, quote, trades }: Recording): Market {
  const priceDecimals = Math.max(...trades.map(({ price }) => decimalsOf(price)))
  const quantityDecimals = Math.max(...trades.map(({ quantity }) => decimalsOf(quantity)))
  return { base, quote, priceDecimals, quantityDecimals, costDecimals: null, feeDecimals: 8, weight: 1 }
}

/** The venue with the recording's market as the only one traded, and every asset priced. */
function replayProfile(profile: VenueProfile, market: Market, { base, quote }: Recording): VenueProfile {
  const others = profile.markets.filter((other) => other.base !== base || other.quote !== quote)
  const known = new Set(profile.assets.map(({ asset }) => asset))
  const unknown = [base, quote].filter((asset) => !known.has(asset))
  const listed = unknown.map((asset) => ({ ...market, base: asset, quote: 'USDT', priceDecimals: 6, weight: 0 }))
  return {
    ...profile,
    assets: [...profile.assets, ...unknown.map((asset) => ({ asset, usd: '10', volatility: USUAL_VOLATILITY }))],
    markets: [market, ...others.map((other) => ({ ...other, weight: 0 })), ...listed],
  }
}

/** The base asset's price follows the recording: at each day's close, base ÷ quote is the day's last recorded price. */
function paths(profile: VenueProfile, recording: Recording, random: Seeded): ReadonlyMap<string, PricePath> {
  const [first] = recording.trades
  const startDay = Math.floor((first?.at ?? 0) / DAY_MS)
  const closes = new Map<number, Amount>()
  for (const { at, price } of recording.trades) closes.set(Math.floor(at / DAY_MS), price)
  const all = new Map<string, PricePath>()
  for (const { asset, usd, volatility } of profile.assets) {
    if (asset === recording.base) continue
    all.set(asset, new PricePath(random.branch('prices'), asset, { day: startDay, close: amount(usd) }, volatility))
  }
  const quote = all.get(recording.quote)
  if (quote === undefined || first === undefined) throw new Error('the recording trades an asset against itself')
  const pins: Anchor[] = [...closes].map(([day, price]) => ({ day, close: product(quote.close(day), price) }))
  const [anchor = { day: startDay, close: product(quote.close(startDay), first.price) }] = pins
  const volatility = profile.assets.find(({ asset }) => asset === recording.base)?.volatility ?? USUAL_VOLATILITY
  const base = new PricePath(random.branch('prices'), recording.base, anchor, volatility)
  base.pin(pins)
  all.set(recording.base, base)
  return all
}

/** Rounded up to the next unit, so that dividing again gives the price back at the market's decimals. */
function product(a: Amount, b: Amount): Amount {
  return (a * b) / 10n ** BigInt(SCALE) + 1n
}
