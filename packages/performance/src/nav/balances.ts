/** Balances replayed from the opening and the postings; independent of the lots, so that each checks the other. */
import { add, NOUGHT, negate } from '../decimal/arithmetic.ts'
import type { Scaled } from '../decimal/parse.ts'

export interface Balance {
  readonly account: string
  readonly asset: string
  readonly total: Scaled
}

/** Owner of the running totals per (account, asset). */
export class Balances {
  readonly #accounts = new Map<string, Map<string, Scaled>>()

  post(account: string, asset: string, amount: Scaled): void {
    let assets = this.#accounts.get(account)
    if (assets === undefined) this.#accounts.set(account, (assets = new Map<string, Scaled>()))
    assets.set(asset, add(assets.get(asset) ?? NOUGHT, amount))
  }

  of(account: string, asset: string): Scaled {
    return this.#accounts.get(account)?.get(asset) ?? NOUGHT
  }

  /** What is not zero. */
  *[Symbol.iterator](): Generator<Balance> {
    for (const [account, assets] of this.#accounts) {
      for (const [asset, total] of assets) if (total.coefficient !== 0n) yield { account, asset, total }
    }
  }

  isOverdrawn(): boolean {
    for (const { total } of this) if (total.coefficient < 0n) return true
    return false
  }

  /** Raises what is below zero to zero and returns what that took. */
  *cover(isCash: (asset: string) => boolean): Generator<Balance> {
    for (const { account, asset, total } of this) {
      if (total.coefficient >= 0n || !isCash(asset)) continue
      const missing = negate(total)
      this.post(account, asset, missing)
      yield { account, asset, total: missing }
    }
  }
}
