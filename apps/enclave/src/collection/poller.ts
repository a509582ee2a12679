/**
 * Collects every live session, each by exactly one replica. Owner of the set of running passes.
 * All progress is in the database: a poller that dies at any instant is replaced by the next claim.
 */
import type { Kysely } from 'kysely'
import { EnclaveError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../store/tables.ts'
import { attachingWhenNeeded, type VenueReader } from './attach.ts'
import type { EventVault } from './event-vault.ts'
import { ingest } from './ingest.ts'
import {
  claimDue,
  LEASE_MILLISECONDS,
  type Lease,
  LeaseLost,
  readUnderLease,
  release,
  renew,
  writeUnderLease,
} from './lease.ts'
import { type CollectedSession, runPass } from './pass.ts'
import { nextPollIn, type Pace } from './schedule.ts'
import { type CollectionState, EMPTY_STATE } from './state.ts'

/** What the outside may want to count; never told which session. */
export interface PollerEvents {
  readonly page: (venue: string, newFills: number, newFlows: number) => void
  readonly failed: (venue: string, code: string) => void
  /** A failure that is ours: worth a log line. */
  readonly fault: (error: unknown) => void
}

export interface PollerParts {
  readonly db: Kysely<Database>
  readonly vault: EventVault
  readonly collector: VenueReader
  /** The live session behind a key, or null when it ended meanwhile. */
  readonly session: (sessionKey: string) => Promise<CollectedSession | null>
  /** Hands the collector the session's sealed credentials. */
  readonly attach: (session: CollectedSession) => Promise<void>
  readonly clock: Clock
  readonly pace: Pace
  /** Name of this replica, unique per start. */
  readonly owner: string
  readonly events: PollerEvents
}

/** Sessions collected side by side. */
const CONCURRENCY = 8
/** Milliseconds between two looks for due sessions. */
const IDLE = 250
/** Wait when the database or the collector is gone. */
const TROUBLED = 1_000

export class Poller {
  readonly #parts: PollerParts
  /** Passes under way, by session. */
  readonly #running = new Map<string, Promise<void>>()
  #stopped = false
  #loop: Promise<void> = Promise.resolve()
  #wake: () => void = () => {}
  #heartbeat: NodeJS.Timeout | undefined

  constructor(parts: PollerParts) {
    this.#parts = parts
  }

  start(): void {
    this.#loop = this.#run()
    const { db, owner, events } = this.#parts
    this.#heartbeat = setInterval(() => {
      renew(db, owner, [...this.#running.keys()]).catch(events.fault)
    }, LEASE_MILLISECONDS / 3)
  }

  /** Looks for due sessions now, for example because one was just submitted. */
  wake(): void {
    this.#wake()
  }

  /** Lets running passes end at their next commit and returns when they have. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#loop
    await Promise.allSettled(this.#running.values())
    clearInterval(this.#heartbeat)
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let pause = IDLE
      try {
        const room = CONCURRENCY - this.#running.size
        const claims = room > 0 ? await claimDue(this.#parts.db, this.#parts.owner, room) : []
        for (const claim of claims) {
          const { sessionKey, sealed } = claim
          const pass = this.#collect(claim, sealed).finally(() => {
            if (this.#running.get(sessionKey) === pass) this.#running.delete(sessionKey)
          })
          this.#running.set(sessionKey, pass)
        }
      } catch (error) {
        this.#parts.events.fault(error)
        pause = TROUBLED
      }
      await this.#sleep(pause)
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** One session under its lease, from claim to release. Never rejects. */
  async #collect(lease: Lease, sealed: Uint8Array | null): Promise<void> {
    const { db, vault, clock, pace, events } = this.#parts
    let session: CollectedSession | null = null
    let state = EMPTY_STATE
    let retryAfter = 0
    try {
      if (sealed !== null) state = vault.openState(lease.sessionKey, sealed) as CollectionState
      session = await this.#parts.session(lease.sessionKey)
      if (session === null) return
      state = await this.#pass(session, lease, state, (committed) => {
        state = committed
      })
    } catch (error) {
      if (error instanceof LeaseLost || this.#stopped) return
      const code = error instanceof EnclaveError ? error.code : 'internal'
      if (code === 'internal' || code === 'storage_altered') events.fault(error)
      events.failed(session?.venue ?? 'unknown', code)
      retryAfter = error instanceof EnclaveError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
      state = afterFailure(state, code)
      await this.#record(lease, code)
    } finally {
      await release(db, lease, nextPollIn(state, clock.now(), pace, retryAfter)).catch(events.fault)
    }
  }

  async #pass(
    session: CollectedSession,
    lease: Lease,
    before: CollectionState,
    committed: (state: CollectionState) => void,
  ): Promise<CollectionState> {
    const { db, vault, collector, clock, events, attach } = this.#parts
    const tools = {
      collector: attachingWhenNeeded(collector, async () => await attach(session)),
      clock,
      commit: async (state: CollectionState, page: Parameters<typeof ingest>[4] | null): Promise<CollectionState> => {
        if (this.#stopped) throw new LeaseLost()
        if (page === null) {
          await writeUnderLease(db, lease, vault.sealState(lease.sessionKey, state))
          committed(state)
          return state
        }
        const next = await ingest(db, vault, lease, state, page, clock.now())
        events.page(session.venue, next.fills - state.fills, next.flows - state.flows)
        committed(next)
        return next
      },
    }
    return await runPass(session, before, tools)
  }

  /**
   * Writes the failure into the state as stored, not as this pass remembers it: a commit whose answer was lost put events
   * and cursor there that the pass knows nothing of, and to write over them would leave events nobody counted.
   */
  async #record(lease: Lease, code: string): Promise<void> {
    const { db, vault, events } = this.#parts
    // A state that does not open must stay as it is: writing a fresh one would hide what happened to it.
    if (code === 'storage_altered') return
    try {
      await db.transaction().execute(async (tx) => {
        const sealed = await readUnderLease(tx, lease)
        const stored = sealed === null ? EMPTY_STATE : (vault.openState(lease.sessionKey, sealed) as CollectionState)
        await writeUnderLease(tx, lease, vault.sealState(lease.sessionKey, afterFailure(stored, code)))
      })
    } catch (error) {
      if (!(error instanceof LeaseLost)) events.fault(error)
    }
  }
}

function afterFailure(state: CollectionState, code: string): CollectionState {
  return { ...state, status: statusAfter(code), lastError: code, failures: state.failures + 1 }
}

/**
 * Never up to date, whatever failed: one trade that cannot be read would otherwise freeze the account at its best, and
 * certificates of today would go on being made of it.
 */
function statusAfter(code: string): CollectionState['status'] {
  if (code === 'venue_unavailable') return 'venue_unavailable'
  return code === 'venue_refused_key' ? 'key_refused' : 'collecting'
}
