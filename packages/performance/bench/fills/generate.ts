/** Fills as a busy spot account makes them; the same ones every time. Invented: no market moved like this. */
import type { Fill } from '../../src/index.ts'

/** Before the first fill. */
export const START = Date.UTC(2025, 0, 1) * 1000
const MICROS_PER_DAY = 86_400_000_000

interface Market {
  readonly base: string
  readonly price: number
  readonly pricePlaces: number
  readonly lot: number
  readonly lotPlaces: number
}

const MARKETS: readonly Market[] = [
  { base: 'BTC', price: 61_000, pricePlaces: 2, lot: 0.01, lotPlaces: 5 },
  { base: 'ETH', price: 2_900, pricePlaces: 2, lot: 0.2, lotPlaces: 4 },
  { base: 'SOL', price: 150, pricePlaces: 2, lot: 5, lotPlaces: 3 },
  { base: 'XRP', price: 0.6, pricePlaces: 4, lot: 1_000, lotPlaces: 1 },
  { base: 'PEPE', price: 0.000_012, pricePlaces: 8, lot: 50_000_000, lotPlaces: 0 },
]

/** Linear congruence, Numerical Recipes' constants: repeatable, and good enough to vary fills. */
function sequence(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** `count` fills evenly over `days` days, each amount with the eight places that venues write. */
export function generateFills(count: number, days: number): readonly Fill[] {
  const next = sequence(42)
  const held = new Map<string, number>()
  return Array.from({ length: count }, (_, index) => {
    const market = MARKETS[Math.floor(next() * MARKETS.length)] ?? MARKETS[0]
    if (market === undefined) throw new RangeError('there are markets')
    const { base } = market
    const units = 10 ** market.lotPlaces
    const wanted = Math.ceil(market.lot * (0.2 + next()) * units) / units
    const holding = held.get(base) ?? 0
    const buy = holding < wanted || (holding < market.lot * 20 && next() < 0.5)
    const quantity = wanted
    const price = (market.price * (0.9 + next() * 0.2)).toFixed(market.pricePlaces)
    const worth = quantity * Number(price)
    // A third each: BNB as most do, the asset received, and the quote asset (which is received by a seller).
    const choice = index % 3
    const fee =
      choice === 0
        ? { asset: 'BNB', amount: (worth * 0.000_75) / 300 }
        : choice === 1 && buy
          ? { asset: base, amount: quantity * 0.001 }
          : { asset: 'USDT', amount: worth * 0.001 }
    held.set(base, buy ? holding + quantity - (fee.asset === base ? fee.amount * 1.001 : 0) : holding - quantity)
    return {
      kind: 'fill',
      account: 'bench',
      venue: 'binance',
      product: 'spot',
      market: `${base}/USDT`,
      base,
      quote: 'USDT',
      tradeId: String(1_000_000 + index),
      orderId: String(Math.floor(index / 3)),
      at: START + 1 + Math.floor((index * days * MICROS_PER_DAY) / count),
      side: buy ? 'buy' : 'sell',
      quantity: quantity.toFixed(8),
      price: Number(price).toFixed(8),
      quoteQuantity: worth.toFixed(8),
      fees: [{ asset: fee.asset, amount: fee.amount.toFixed(8) }],
      execution: 'trade',
    }
  })
}
