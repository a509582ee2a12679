import type { VenueProfile } from '../account/profile.ts'
import type { Seeded } from '../random/seeded.ts'
import type { Exchange, VenueParts } from './exchange.ts'
import { type Credential, type KeyName, KeyRing, type VenueCredentials, type VenueKey } from './keys.ts'

/** What sets one venue apart: how its account, its keys and its answers look. `K`: its keys. */
export interface VenueKind<K extends VenueKey> {
  readonly profile: VenueProfile
  /** What the venue calls the account, the same under every key. */
  accountId(random: Seeded): string
  makeKey(random: Seeded, rights: VenueKey['rights']): K
  /** A second kind of read-only key, where the venue has one. */
  makeEd25519Key?(random: Seeded): K
  /** Is given keys that `makeKey` and `makeEd25519Key` made, and no others. */
  open(parts: VenueParts<K>): Exchange
}

interface OpenedExchange {
  readonly exchange: Exchange
  readonly keys: KeyRing<VenueKey>
  readonly credentials: VenueCredentials
}

/** The exchange with one key of each kind, and what their owner would copy from its page. */
export function openExchange<K extends VenueKey>(
  kind: VenueKind<K>,
  random: Seeded,
  parts: Omit<VenueParts<K>, 'keys'>,
): OpenedExchange {
  const made: Record<KeyName, K> = {
    readOnly: kind.makeKey(random, 'read'),
    trading: kind.makeKey(random, 'trade'),
    withdrawing: kind.makeKey(random, 'withdraw'),
  }
  const ed25519 = kind.makeEd25519Key?.(random)
  const keys = new KeyRing([...Object.values(made), ...(ed25519 === undefined ? [] : [ed25519])])
  return {
    exchange: kind.open({ ...parts, keys }),
    keys,
    credentials: {
      readOnly: credentialOf(made.readOnly),
      trading: credentialOf(made.trading),
      withdrawing: credentialOf(made.withdrawing),
      ...(ed25519 && { readOnlyEd25519: credentialOf(ed25519) }),
    },
  }
}

function credentialOf({ apiKey, apiSecret }: VenueKey): Credential {
  return { apiKey, apiSecret }
}
