import type { VenueKey } from '../exchange/keys.ts'
import type { VenueKind } from '../exchange/kind.ts'
import { BinanceExchange } from './exchange.ts'
import { binanceProfile } from './profile.ts'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export const binance: VenueKind<VenueKey> = {
  profile: binanceProfile,
  /** A number. */
  accountId: (random) => String(random.integer(100_000_000, 999_999_999)),
  makeKey: (random, rights) => ({
    apiKey: random.text(64, ALPHANUMERIC),
    apiSecret: random.text(64, ALPHANUMERIC),
    rights,
  }),
  open: (parts) => new BinanceExchange(parts),
}
