/** A credential of the simulated trader, in the fields of a submission. */
export interface VenueKey {
  readonly apiKey: string
  /** As the trader would copy it from the venue's page: text for Binance, base64 for Kraken, PEM or base64 for Coinbase. */
  readonly apiSecret: string
  readonly rights: 'read' | 'trade' | 'withdraw'
}

export type KeyName = 'readOnly' | 'trading' | 'withdrawing'

export interface Credential {
  readonly apiKey: string
  readonly apiSecret: string
}

export type VenueCredentials = Readonly<Record<KeyName, Credential>> & {
  /** Coinbase only: the read-only right under an Ed25519 key. */
  readonly readOnlyEd25519?: Credential
}

/** The keys of one account. Owns what may change about them while the sandbox runs. */
export class KeyRing<K extends VenueKey> {
  readonly #keys: ReadonlyMap<string, K>
  readonly #revoked = new Set<string>()
  readonly #mayTrade = new Set<string>()

  constructor(keys: readonly K[]) {
    this.#keys = new Map(keys.map((key) => [key.apiKey, key]))
  }

  /** Undefined for a key that never was, or was revoked. */
  find(apiKey: string): K | undefined {
    return this.#revoked.has(apiKey) ? undefined : this.#keys.get(apiKey)
  }

  rights(key: K): VenueKey['rights'] {
    return key.rights === 'read' && this.#mayTrade.has(key.apiKey) ? 'trade' : key.rights
  }

  revoke(apiKey: string): void {
    this.#revoked.add(apiKey)
  }

  /** The trader ticks the box that lets a key trade, after it was registered as read-only. */
  allowTrading(apiKey: string): void {
    this.#mayTrade.add(apiKey)
  }

  restore(): void {
    this.#revoked.clear()
    this.#mayTrade.clear()
  }
}
