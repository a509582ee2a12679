import {
  EMPTY_EDGE,
  emptyRoot,
  formatTlogProof,
  hashLeaf,
  MAX_ENTRY_SIZE,
  type NodeReader,
  ProtocolError,
  parseTilePath,
  proveInclusion,
  verifyInclusion,
} from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'
import type { LogService } from '../http/services.ts'
import type { Clock } from '../ports/clock.ts'
import { growLog, nodeReader } from './grow-log.ts'
import type { HeadWitness } from './head-witness.ts'
import { type LogState, loadState } from './log-state.ts'
import { hashKey, type LogReads, type LogStore, type LogTransaction, type StoredTile } from './log-store.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import type { LogSigner } from './signer.ts'

export interface SequencerOptions {
  readonly store: LogStore
  readonly witness: HeadWitness
  readonly signer: LogSigner
  readonly clock: Clock
  /** Entries under one checkpoint at most. */
  readonly maxBatch?: number
  /** Entries waiting at most; beyond that `append` rejects `log_overloaded`. */
  readonly maxWaiting?: number
}

/** An entry that is in the log, durably, under a checkpoint that was published. */
export interface Appended {
  readonly index: number
  /** C2SP tlog-proof. */
  readonly proof: string
}

interface Waiting {
  readonly leaf: Uint8Array
  readonly hash: Uint8Array
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: EnclaveError) => void
}

/** Where the leaves of a batch are, and what their proofs are made of. */
interface Placed {
  readonly state: LogState
  /** By {@link hashKey}. */
  readonly indexes: ReadonlyMap<string, number>
  /** What was stored just now. */
  readonly tiles: readonly StoredTile[]
  /** Whether the head is new, and so not witnessed yet. */
  readonly moved: boolean
}

/**
 * Appends entries to one log, and serves it.
 *
 * Concurrent appends share a checkpoint. The order within a batch is what makes every crash harmless: tiles are
 * computed, the head is signed, one transaction makes both durable if the head is still the one built on, the witness
 * remembers the head, and only then anything gets out. A head that was signed but not stored was seen by nobody.
 *
 * An entry is in the log once: appending it again answers with the index it has. So a caller that was not answered,
 * after a crash or a failure that says nothing about what was stored, appends again.
 *
 * Several processes may run one on the same database: they queue for the head, each builds on what the one before it
 * left, and the head is replaced by compare-and-swap whatever happened to the queue.
 */
export class Sequencer implements LogService {
  readonly #options: Required<SequencerOptions>
  /** Owned by whoever runs in {@link #alone}; null when it has to be read again. */
  #state: LogState | null = null
  #waiting: Waiting[] = []
  #draining: Promise<void> | null = null
  #last: Promise<unknown> = Promise.resolve()
  /** The look at the head that waits for its turn. */
  #look: Promise<string> | null = null

  constructor(options: SequencerOptions) {
    this.#options = { maxBatch: 1024, maxWaiting: 16_384, ...options }
  }

  /** Makes sure there is a head, of an empty tree if need be. Rejects as {@link loadState} does. */
  async start(): Promise<void> {
    await this.#alone(() => this.#started())
  }

  /**
   * Resolves when `leaf`, at most 65,535 bytes, is under a published checkpoint. Rejects `log_rolled_back`,
   * `storage_altered`, `storage_unavailable`, `log_conflict` when other processes were faster every time, or
   * `log_overloaded`; after any of them the same leaf can be appended again.
   */
  append(leaf: Uint8Array): Promise<Appended> {
    return new Promise((resolve, reject) => {
      if (leaf.length > MAX_ENTRY_SIZE) throw new EnclaveError('internal', 'an entry is too long for the log')
      if (this.#waiting.length >= this.#options.maxWaiting)
        throw new EnclaveError('log_overloaded', 'too many entries wait for the log', { retryAfterSeconds: 1 })
      this.#waiting.push({ leaf: Uint8Array.from(leaf), hash: hashLeaf(leaf), resolve, reject })
      this.#draining ??= this.#drain()
    })
  }

  /**
   * The newest checkpoint that is stored and witnessed; that of another process included. Whoever asks while a look has not
   * begun shares it: anybody may ask as often as they like, and appends must not stand behind all of them.
   */
  checkpoint(): Promise<string> {
    this.#look ??= this.#alone(async () => {
      this.#look = null
      return (await this.#started()).checkpoint.note
    })
    return this.#look
  }

  async tile(path: string): Promise<Uint8Array | null> {
    try {
      return await this.#options.store.readTile(parseTilePath(path))
    } catch (error) {
      if (error instanceof ProtocolError) return null
      throw classified(error)
    }
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#draining
  }

  async #drain(): Promise<void> {
    // Let every append of this turn of the event loop into the first batch.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch)
      try {
        await this.#alone(() => this.#appendBatch(batch))
      } catch (error) {
        for (const { reject } of batch) reject(classified(error))
      }
    }
    this.#draining = null
  }

  async #appendBatch(batch: readonly Waiting[]): Promise<void> {
    const { store, witness } = this.#options
    let failure: EnclaveError | null = null
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      try {
        if (this.#state === null) await this.#started()
        const placed = await store.transact((transaction) => this.#place(transaction, batch))
        if (placed === null) continue
        if (placed.moved) await witness.write(placed.state.checkpoint.note)
        this.#state = placed.state
        return await this.#release(batch, placed)
      } catch (error) {
        const known = classified(error)
        // A failure does not say whether anything was stored: one more attempt finds out.
        if (failure !== null || FINAL.has(known.code)) throw known
        failure = known
      }
    }
    throw failure ?? new EnclaveError('log_conflict', 'other processes kept moving the log', { retryAfterSeconds: 1 })
  }

  /** Where every leaf of the batch is, once those that are new are under a new head; null when the head moved. */
  async #place(transaction: LogTransaction, batch: readonly Waiting[]): Promise<Placed | null> {
    const { signer, clock } = this.#options
    const state = await this.#current(transaction)
    if (state === null) return null
    const indexes = await find(transaction, batch)
    const missing = [...new Map(batch.map((one) => [hashKey(one.hash), one])).values()].filter(
      ({ hash }) => !indexes.has(hashKey(hash)),
    )
    if (missing.length === 0) return { state, indexes, tiles: [], moved: false }
    const { edge, root, tail, tiles } = growLog(
      state,
      missing.map(({ leaf }) => leaf),
    )
    const checkpoint = await signCheckpoint({ size: edge.size, root }, clock.now(), signer)
    const leaves = missing.map(({ hash }, at) => ({ hash, index: state.checkpoint.size + at }))
    const commit = { previous: state.checkpoint.note, checkpoint: checkpoint.note, tiles, leaves }
    if (!(await transaction.replaceHead(commit))) return null
    for (const { hash, index } of leaves) indexes.set(hashKey(hash), index)
    return { state: { checkpoint, edge, tail }, indexes, tiles, moved: true }
  }

  /** Answers every append of a batch with a proof that was verified as its reader will. */
  async #release(batch: readonly Waiting[], { state, indexes, tiles }: Placed): Promise<void> {
    const node = nodeReader(state.edge, tiles, this.#options.store)
    for (const { hash, resolve, reject } of batch) {
      try {
        resolve(await prove(hash, indexes.get(hashKey(hash)) ?? -1, state, node))
      } catch (error) {
        // What the database said about one entry is not held against the others.
        reject(classified(error))
      }
    }
  }

  /** The newest head, that of an empty tree where there was none. */
  async #started(): Promise<LogState> {
    const { store, witness, signer, clock } = this.#options
    const state = await this.#current(store)
    if (state !== null) return state
    const checkpoint = await signCheckpoint({ size: 0, root: emptyRoot() }, clock.now(), signer)
    const commit = { previous: null, checkpoint: checkpoint.note, tiles: [], leaves: [] }
    if (await store.transact((transaction) => transaction.replaceHead(commit))) {
      await witness.write(checkpoint.note)
      this.#state = { checkpoint, edge: EMPTY_EDGE, tail: [] }
      return this.#state
    }
    const theirs = await this.#current(store)
    if (theirs === null) throw new EnclaveError('log_conflict', 'the head of the log came and went')
    return theirs
  }

  /** The head in `store`, checked: the one in memory as long as the store still has it. Null when there is none. */
  async #current(store: LogReads): Promise<LogState | null> {
    if (this.#state !== null && (await store.readHead()) === this.#state.checkpoint.note) return this.#state
    this.#state = null
    this.#state = await loadState(store, this.#options.witness, this.#options.signer)
    return this.#state
  }

  /** One after the other: everything that reads or replaces the state. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work).catch((error: unknown) => {
      throw classified(error)
    })
    this.#last = result.catch(() => undefined)
    return result
  }
}

const MAX_ATTEMPTS = 4

/** Trying again cannot help against these. */
const FINAL: ReadonlySet<EnclaveError['code']> = new Set(['log_rolled_back', 'storage_altered', 'internal'])

async function find(store: LogReads, batch: readonly Waiting[]): Promise<Map<string, number>> {
  const hashes = batch.map(({ hash }) => hash)
  const found = await store.findLeaves(hashes)
  return new Map([...found].map(([at, index]) => [hashKey(hashes[at] ?? emptyRoot()), index]))
}

async function prove(hash: Uint8Array, index: number, state: LogState, node: NodeReader): Promise<Appended> {
  const { size, root, note } = state.checkpoint
  try {
    const hashes = await proveInclusion(index, size, node)
    verifyInclusion({ leafHash: hash, index, size, root }, hashes)
    return { index, proof: formatTlogProof({ index, hashes, checkpoint: note }) }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    throw new EnclaveError('storage_altered', 'the log does not hold an entry where it is said to be', { cause })
  }
}

function classified(error: unknown): EnclaveError {
  if (error instanceof EnclaveError) return error
  return new EnclaveError('storage_unavailable', 'the log could not be read or stored', { cause: error })
}
