import type { VenueProfile } from '../account/profile.ts'
import type { Market } from '../market/market.ts'
import { priced } from '../market/volatility.ts'

function market(base: string, quote: string, priceDecimals: number, quantityDecimals: number, weight: number): Market {
  return { base, quote, priceDecimals, quantityDecimals, costDecimals: null, feeDecimals: 8, weight }
}

/**
 * Binance: fees in BNB while there is some (it runs out on purpose), then from what is received, so that all three kinds
 * of fee occur. Trade ids count per symbol and repeat across symbols, as they do there.
 */
export const binanceProfile: VenueProfile = {
  venue: 'binance',
  assets: priced({
    USDT: '1.0004',
    BTC: '64210',
    ETH: '3120',
    BNB: '581',
    XRP: '0.5230',
    SOL: '148',
    ADA: '0.4410',
    DOGE: '0.1240',
    LTC: '81',
    EUR: '1.0830',
  }),
  markets: [
    market('BTC', 'USDT', 2, 5, 30),
    market('ETH', 'USDT', 2, 4, 25),
    market('ETH', 'BTC', 5, 4, 10),
    market('SOL', 'USDT', 2, 3, 15),
    market('XRP', 'USDT', 4, 1, 15),
    market('BNB', 'USDT', 2, 3, 0),
    market('ADA', 'USDT', 4, 1, 0),
    market('DOGE', 'USDT', 5, 0, 0),
    market('LTC', 'USDT', 2, 3, 0),
    market('LTC', 'BTC', 6, 3, 0),
    market('XRP', 'ETH', 8, 0, 0),
    market('EUR', 'USDT', 4, 1, 0),
  ],
  flows: [
    { when: 0, direction: 'in', asset: 'USDT', amount: '50000', fee: '0' },
    { when: 1, direction: 'in', asset: 'BNB', amount: '0.35', fee: '0' },
    { when: 2, direction: 'in', asset: 'BTC', amount: '0.35', fee: '0' },
    { when: 180, direction: 'in', asset: 'USDT', amount: '12500.5', fee: '0' },
    { when: 310, direction: 'out', asset: 'USDT', amount: '4000', fee: '1' },
    { when: 330, direction: 'out', asset: 'BTC', amount: '0.01', fee: '0.0002', status: 'rejected' },
    { when: 480, direction: 'in', asset: 'ETH', amount: '2.25', fee: '0' },
    { when: 560, direction: 'out', asset: 'ETH', amount: '0.4', fee: '0.0012' },
    { when: 700, direction: 'in', asset: 'BNB', amount: '0.25', fee: '0' },
    { when: 820, direction: 'in', asset: 'USDT', amount: '7500', fee: '0' },
    { when: 930, direction: 'out', asset: 'USDT', amount: '2500', fee: '1' },
  ],
  fills: 3000,
  stampMicros: 1000,
  feeMillionths: { maker: 1000n, taker: 1000n },
  feeToken: 'BNB',
  feeFromReceived: true,
  tradeId: (random, _market, previous) => {
    return previous === null ? '1000001' : String(Number(previous) + random.integer(1, 40))
  },
  orderId: (random, previous) => String(Number(previous ?? '20000000') + random.integer(1, 5000)),
  flowId: (random) => random.bytes(16).toString('hex'),
}
