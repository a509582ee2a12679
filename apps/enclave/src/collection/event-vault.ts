/**
 * Events at rest. The database learns a keyed name and a sealed blob per event, neither market nor size nor time.
 *
 * `key` = HMAC(identity key, session, identity): the unique key that makes ingestion exactly-once.
 * The digest of a set of events is the sum modulo 2^256 of HMAC(digest key, key, content digest): order does not matter, and the host,
 * who knows the keys but not the summands, cannot find another set with the same sum.
 */
import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import type { AccountEvent } from '@perf-aggregator/performance'
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import { context } from '../sealing/context.ts'
import { open, seal } from '../sealing/seal.ts'

export interface SealedEvent {
  readonly key: Buffer
  readonly sealed: Buffer
  readonly kind: AccountEvent['kind']
  /** Its summand in the digest. */
  readonly summand: bigint
}

const MODULUS = 1n << 256n

export class EventVault {
  readonly #sealingKey: KeyObject
  readonly #identityKey: KeyObject
  readonly #digestKey: KeyObject
  readonly #random: Random

  /** `branch`: the `events` branch of the master key. */
  constructor(branch: KeyObject, random: Random) {
    this.#sealingKey = branch
    this.#identityKey = derive(branch, 'identity')
    this.#digestKey = derive(branch, 'digest')
    this.#random = random
  }

  seal(sessionKey: string, event: AccountEvent): SealedEvent {
    const key = createHmac('sha256', this.#identityKey)
      .update(context('event', sessionKey, ...identity(event)))
      .digest()
    const content = Buffer.from(JSON.stringify(event))
    const sealed = seal(this.#sealingKey, content, context('event', sessionKey, key), this.#random)
    return { key, sealed, kind: event.kind, summand: this.#summand(key, content) }
  }

  /** Rejects `storage_altered` when the row was changed, or belongs to another session or event. */
  open(sessionKey: string, key: Uint8Array, sealed: Uint8Array): { event: AccountEvent; summand: bigint } {
    let content: Buffer
    try {
      content = open(this.#sealingKey, sealed, context('event', sessionKey, key))
    } catch (cause) {
      throw new EnclaveError('storage_altered', 'a collected event does not open', { cause })
    }
    return { event: JSON.parse(content.toString('utf8')) as AccountEvent, summand: this.#summand(key, content) }
  }

  sealState(sessionKey: string, state: unknown): Buffer {
    return seal(this.#sealingKey, Buffer.from(JSON.stringify(state)), context('collection', sessionKey), this.#random)
  }

  openState(sessionKey: string, sealed: Uint8Array): unknown {
    try {
      return JSON.parse(open(this.#sealingKey, sealed, context('collection', sessionKey)).toString('utf8')) as unknown
    } catch (cause) {
      throw new EnclaveError('storage_altered', 'the state of a collection does not open', { cause })
    }
  }

  #summand(key: Uint8Array, content: Uint8Array): bigint {
    const digest = createHash('sha256').update(content).digest()
    const mac = createHmac('sha256', this.#digestKey).update(key).update(digest).digest('hex')
    return BigInt(`0x${mac}`)
  }
}

/** `digest` (hex) with `summands` added. */
export function addToDigest(digest: string, summands: Iterable<bigint>): string {
  let sum = BigInt(`0x${digest}`)
  for (const summand of summands) sum = (sum + summand) % MODULUS
  return sum.toString(16).padStart(64, '0')
}

function identity(event: AccountEvent): readonly string[] {
  return event.kind === 'fill'
    ? ['fill', event.account, event.product, event.market, event.tradeId]
    : ['flow', event.account, event.flow, event.id]
}

function derive(branch: KeyObject, use: string): KeyObject {
  const secret = new Uint8Array(hkdfSync('sha256', branch, '', `perf-aggregator/events/v1/${use}`, 32))
  try {
    return createSecretKey(secret)
  } finally {
    secret.fill(0)
  }
}
