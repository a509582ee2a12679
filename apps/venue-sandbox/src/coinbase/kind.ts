import type { VenueKind } from '../exchange/kind.ts'
import { CoinbaseExchange } from './exchange.ts'
import { type CoinbaseKey, ecKey, edKey } from './keys.ts'
import { coinbaseProfile } from './profile.ts'

export const coinbase: VenueKind<CoinbaseKey> = {
  profile: coinbaseProfile,
  /** A portfolio's UUID. */
  accountId: (random) => random.uuid(),
  makeKey: ecKey,
  makeEd25519Key: (random) => edKey(random, 'read'),
  open: (parts) => new CoinbaseExchange(parts),
}
