import type { VenueProfile } from '../account/profile.ts'
import type { Market } from '../market/market.ts'
import { priced } from '../market/volatility.ts'
import type { Seeded } from '../random/seeded.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Characters as Kraken's identifiers have them. */
export function krakenText(random: Seeded, length: number): string {
  return random.text(length, ALPHABET)
}

/** A Kraken identifier: a letter for the kind, then 5-5-6 characters, for example `TCCCTY-WJ6EO-4FP4VZ`. */
export function krakenId(random: Seeded, kind: 'T' | 'O' | 'L' | 'Q'): string {
  return `${kind}${krakenText(random, 5)}-${krakenText(random, 5)}-${krakenText(random, 6)}`
}

function market(base: string, quote: string, priceDecimals: number, costDecimals: number, weight: number): Market {
  return { base, quote, priceDecimals, quantityDecimals: 8, costDecimals, feeDecimals: costDecimals, weight }
}

/** Kraken: costs and fees rounded as its ledger keeps them (USD to four decimals, BTC to ten), fees in quote. */
export const krakenProfile: VenueProfile = {
  venue: 'kraken',
  assets: priced({
    USD: '1',
    USDT: '0.9998',
    BTC: '64190',
    ETH: '3119',
    SOL: '147.9',
    XRP: '0.5228',
    EUR: '1.0830',
  }),
  markets: [
    market('BTC', 'USD', 1, 4, 30),
    market('ETH', 'USD', 2, 4, 25),
    market('SOL', 'USD', 2, 4, 15),
    market('ETH', 'BTC', 5, 10, 10),
    market('BTC', 'USDT', 1, 4, 10),
    market('USDT', 'USD', 4, 4, 10),
    market('XRP', 'USD', 5, 4, 0),
    market('EUR', 'USD', 5, 4, 0),
  ],
  flows: [
    { when: 0, direction: 'in', asset: 'USD', amount: '40000', fee: '0' },
    { when: 2, direction: 'in', asset: 'USDT', amount: '8000', fee: '0' },
    { when: 4, direction: 'in', asset: 'BTC', amount: '0.15', fee: '0' },
    { when: 230, direction: 'in', asset: 'USD', amount: '6000', fee: '2.5' },
    { when: 420, direction: 'out', asset: 'BTC', amount: '0.02', fee: '0.00015' },
    { when: 600, direction: 'out', asset: 'USD', amount: '3500', fee: '5' },
    { when: 830, direction: 'in', asset: 'ETH', amount: '1.1', fee: '0' },
  ],
  fills: 1500,
  stampMicros: 1,
  feeMillionths: { maker: 1600n, taker: 2600n },
  feeFromReceived: false,
  tradeId: (random) => krakenId(random, 'T'),
  orderId: (random) => krakenId(random, 'O'),
  flowId: (random) => krakenId(random, 'Q'),
}
