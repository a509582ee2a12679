/**
 * The opened events of sessions, held in memory so that a read after one new fill opens one event and not the whole
 * history. What is held was opened and verified when it was first read, and the sealed digest says at every read
 * whether it and the rows added since are all there is. Rows already held are not looked at again: an attacker who
 * alters one changes no figure, and is noticed when a certificate reads everything from the database.
 */
import type { AccountEvent } from '@perf-aggregator/performance'
import type { Kysely } from 'kysely'
import { addToDigest, type EventVault } from '../collection/event-vault.ts'
import { readEvents, readState } from '../collection/read.ts'
import { type CollectionState, EMPTY_STATE } from '../collection/state.ts'
import type { Database } from '../store/tables.ts'
import { type KeepingRight, Kept } from './kept.ts'

/** Of all sessions together; about four hundred bytes each. */
const MOST_EVENTS = 200_000

interface Held {
  readonly events: readonly AccountEvent[]
  /** Of exactly these events. */
  readonly digest: string
  /** Place of the last row read. */
  readonly seq: string
}

const NOTHING: Held = { events: [], digest: EMPTY_STATE.digest, seq: '0' }

/** State and events of a session as of one instant. */
export interface Collected {
  readonly state: CollectionState
  readonly events: readonly AccountEvent[]
}

export class HeldEvents {
  readonly #db: Kysely<Database>
  readonly #vault: EventVault
  readonly #kept: Kept<Held>

  constructor(db: Kysely<Database>, vault: EventVault, mostEvents = MOST_EVENTS) {
    this.#db = db
    this.#vault = vault
    this.#kept = new Kept(mostEvents)
  }

  /** To ask for before anything of a session is read, and to give to `read`. */
  right(): KeepingRight {
    return this.#kept.right()
  }

  /** Rejects `storage_altered` when what is held and the rows added since are not what this enclave stored. */
  async read(sessionKey: string, right: KeepingRight): Promise<Collected> {
    const held = this.#kept.get(sessionKey) ?? NOTHING
    const { state, rows } = await this.#since(sessionKey, held.seq)
    const opened = rows.map((row) => this.#vault.open(sessionKey, row.event_key, row.sealed))
    const digest = addToDigest(
      held.digest,
      opened.map(({ summand }) => summand),
    )
    const events = opened.length === 0 ? held.events : [...held.events, ...opened.map(({ event }) => event)]
    if (digest !== state.digest) {
      this.#kept.drop(sessionKey)
      return await readEvents(this.#db, this.#vault, sessionKey)
    }
    const seq = rows.at(-1)?.seq ?? held.seq
    this.#kept.keep(right, sessionKey, [sessionKey], { events, digest, seq }, 1 + events.length)
    return { state, events }
  }

  forget(sessionKey: string): void {
    this.#kept.forget(sessionKey)
  }

  forgetAll(): void {
    this.#kept.forgetAll()
  }

  async #since(sessionKey: string, seq: string) {
    return await this.#db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => ({
        state: await readState(tx, this.#vault, sessionKey),
        rows: await tx
          .selectFrom('events')
          .select(['event_key', 'sealed', 'seq'])
          .where('session_key', '=', sessionKey)
          .where('seq', '>', seq)
          .orderBy('seq')
          .execute(),
      }))
  }
}
