/**
 * Whose credentials a call signs with. Owner of every secret of the child: one KeyObject and one wiped-on-release buffer
 * per session. Which tenant a running call belongs to travels with it in an AsyncLocalStorage, as the session's name
 * only: a socket, a timer or a promise that outlives a release then keeps a name alive, never a key.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { KeyObject } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { VenueId } from '../ports/venue.ts'

export interface Tenant {
  readonly venue: VenueId
  /** The public part of the credentials, sent with each request; wiped on release. */
  readonly apiKey: Buffer
  /** The secret, inside OpenSSL. */
  readonly key: KeyObject
  readonly line: KeyLine
}

/** What a venue counts by key. Sessions that hold the same key share it, or each would use up, and overtake, what is the other's. */
export interface KeyLine {
  readonly name: string
  /** Numbers that must only ever grow for this key (Kraken). */
  lastNonce: bigint
  /** Calls that must not overtake each other wait here. */
  turn: Promise<unknown>
}

export class Tenants {
  readonly #held = new Map<string, Tenant>()
  readonly #running = new AsyncLocalStorage<string>()
  #lines = 0

  /** Takes ownership of `apiKey`. An earlier tenant of the same session is released first. */
  hold(sessionId: string, venue: VenueId, apiKey: Buffer, key: KeyObject): void {
    this.release(sessionId)
    this.#held.set(sessionId, { venue, apiKey, key, line: this.#lineOf(venue, apiKey) })
  }

  /** The venue of a held session. Throws `not_attached`. */
  venueOf(sessionId: string): VenueId {
    return this.#get(sessionId).venue
  }

  /** Runs `task` so that every request it makes is signed for `sessionId`. Throws `not_attached`. */
  async run<T>(sessionId: string, task: () => Promise<T>): Promise<T> {
    this.#get(sessionId)
    return await this.#running.run(sessionId, task)
  }

  /** The tenant of the running call. Outside of one, or once it was released, throws `not_attached`: nothing is ever signed by default. */
  current(): Tenant {
    const sessionId = this.#running.getStore()
    if (sessionId === undefined) throw new EnclaveError('not_attached', 'a private call was made outside of a session')
    return this.#get(sessionId)
  }

  /** The name of the running session's line, or null for a public call outside of one. */
  currentLine(): string | null {
    return this.#held.get(this.#running.getStore() ?? '')?.line.name ?? null
  }

  /** Runs `task` after every earlier one with this tenant's key has ended. */
  async inTurn<T>(task: () => Promise<T>): Promise<T> {
    const { line } = this.current()
    const mine = line.turn.then(task, task)
    line.turn = mine.catch(() => undefined)
    return await mine
  }

  /** Wipes what can be wiped and drops the key. True when there was one; OpenSSL clears it when its KeyObject is collected. */
  release(sessionId: string): boolean {
    const tenant = this.#held.get(sessionId)
    if (tenant === undefined) return false
    tenant.apiKey.fill(0)
    return this.#held.delete(sessionId)
  }

  #lineOf(venue: VenueId, apiKey: Buffer): KeyLine {
    for (const tenant of this.#held.values()) {
      if (tenant.venue === venue && tenant.apiKey.equals(apiKey)) return tenant.line
    }
    this.#lines += 1
    return { name: `${venue} ${this.#lines}`, lastNonce: 0n, turn: Promise.resolve() }
  }

  #get(sessionId: string): Tenant {
    const tenant = this.#held.get(sessionId)
    if (tenant === undefined) throw new EnclaveError('not_attached', 'the session holds no credentials here')
    return tenant
  }
}
