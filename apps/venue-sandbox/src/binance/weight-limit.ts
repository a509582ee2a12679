import { refusal } from './refusals.ts'

const MINUTE_MS = 60_000
/** Request weight per minute and address, as `exchangeInfo` states it. */
export const WEIGHT_PER_MINUTE = 6000
/** Requests after a 429 that the venue tolerates before it bans the address. */
const PATIENCE = 5
const BAN_MS = 120_000

/** The used weight of one client address: 429 when it is spent, 418 for a client that does not stop. Owns the counters. */
export class WeightLimit {
  readonly limit: number
  #minute = -1
  #used = 0
  #ignored = 0
  #bannedUntil = 0

  constructor(scale: number) {
    this.limit = Math.round(WEIGHT_PER_MINUTE * scale)
  }

  /** Counts a request; returns the headers every answer carries. */
  spend(weight: number, now: number): Readonly<Record<string, string>> {
    if (now < this.#bannedUntil) {
      throw refusal('ipBanned', String(this.#bannedUntil), this.#headers(this.#bannedUntil - now))
    }
    const minute = Math.floor(now / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#used = 0
      this.#ignored = 0
    }
    this.#used += weight
    if (this.#used <= this.limit) return this.#headers()
    this.#ignored += 1
    if (this.#ignored > PATIENCE) {
      this.#bannedUntil = now + BAN_MS
      throw refusal('ipBanned', String(this.#bannedUntil), this.#headers(BAN_MS))
    }
    throw refusal('tooMuchWeight', String(this.limit), this.#headers((minute + 1) * MINUTE_MS - now))
  }

  #headers(retryAfterMs?: number): Readonly<Record<string, string>> {
    const used = String(this.#used)
    const headers = { 'x-mbx-used-weight': used, 'x-mbx-used-weight-1m': used }
    return retryAfterMs === undefined ? headers : { ...headers, 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  }
}
