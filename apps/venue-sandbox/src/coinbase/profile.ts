import type { VenueProfile } from '../account/profile.ts'
import type { Market } from '../market/market.ts'
import { priced } from '../market/volatility.ts'

function market(base: string, quote: string, priceDecimals: number, weight: number): Market {
  // Commissions carry every digit of cost × rate.
  return { base, quote, priceDecimals, quantityDecimals: 8, costDecimals: null, feeDecimals: 16, weight }
}

/** Coinbase Advanced Trade: fees always in quote, never rounded to cents; the venue does not state the cost of a fill. */
export const coinbaseProfile: VenueProfile = {
  venue: 'coinbase',
  assets: priced({
    USD: '1',
    USDC: '1',
    BTC: '64180',
    ETH: '3118',
    SOL: '148.2',
    LINK: '14.1',
    EUR: '1.0830',
  }),
  markets: [
    market('BTC', 'USD', 2, 40),
    market('ETH', 'USD', 2, 30),
    market('SOL', 'USD', 2, 20),
    market('ETH', 'BTC', 5, 10),
    market('LINK', 'USD', 3, 0),
    market('USDC', 'EUR', 4, 0),
  ],
  flows: [
    { when: 0, direction: 'in', asset: 'USD', amount: '30000', fee: '0' },
    { when: 3, direction: 'in', asset: 'BTC', amount: '0.1', fee: '0' },
    { when: 260, direction: 'in', asset: 'USD', amount: '5000.25', fee: '0' },
    { when: 400, direction: 'out', asset: 'BTC', amount: '0.004', fee: '0.00006' },
    { when: 410, direction: 'out', asset: 'USD', amount: '100', fee: '0', status: 'rejected' },
    { when: 640, direction: 'out', asset: 'USD', amount: '1500', fee: '0' },
    { when: 760, direction: 'in', asset: 'ETH', amount: '1.5', fee: '0' },
  ],
  fills: 1200,
  stampMicros: 1,
  feeMillionths: { maker: 4000n, taker: 6000n },
  feeFromReceived: false,
  tradeId: (random) => random.uuid(),
  orderId: (random) => random.uuid(),
  flowId: (random) => random.uuid(),
}
