import type { VenueKey } from '../exchange/keys.ts'
import type { VenueKind } from '../exchange/kind.ts'
import { KrakenExchange } from './exchange.ts'
import { krakenProfile, krakenText } from './profile.ts'

export const kraken: VenueKind<VenueKey> = {
  profile: krakenProfile,
  /** An IBAN of its own make. */
  accountId: (random) => `AA${random.integer(10, 99)} N84G SAND ${krakenText(random, 4)}`,
  /** 42 bytes of key, 64 of secret, both in base64. */
  makeKey: (random, rights) => ({
    apiKey: random.bytes(42).toString('base64'),
    apiSecret: random.bytes(64).toString('base64'),
    rights,
  }),
  open: (parts) => new KrakenExchange(parts),
}
