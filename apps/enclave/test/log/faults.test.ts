/**
 * Every call the sequencer makes outside itself, failed in every way: refused, failed although it took effect, and the
 * process gone before or after it took effect. Whatever happened, the next process finds one log that an outsider can
 * audit, holding everything that was ever let out.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditLog, auditProof } from '@perf-aggregator/testkit'
import { EnclaveError } from '../../src/errors.ts'
import type { HeadWitness } from '../../src/log/head-witness.ts'
import type { LogReads, LogStore } from '../../src/log/log-store.ts'
import type { Appended, Sequencer } from '../../src/log/sequencer.ts'
import type { LogSigner, NoteSigner } from '../../src/log/signer.ts'
import { forEachDatabase } from '../database.ts'
import { entries, type LogFixture, logFixture, readerOf } from './log-fixture.ts'

const FAULTS = ['failed', 'failed after taking effect', 'killed', 'killed after taking effect'] as const
type Fault = (typeof FAULTS)[number]

/** Counts calls and spoils one of them. */
class Fate {
  readonly calls: string[] = []
  readonly #at: number
  readonly #fault: Fault
  /** Settles when the process was killed. */
  readonly killed: Promise<'killed'>
  #kill: (value: 'killed') => void = () => undefined
  #inTransaction = false

  constructor(at = -1, fault: Fault = 'failed') {
    this.#at = at
    this.#fault = fault
    this.killed = new Promise((resolve) => {
      this.#kill = resolve
    })
  }

  async meet<T>(call: string, work: () => Promise<T> | T): Promise<T> {
    const spoilt = this.calls.push(call) - 1 === this.#at
    if (!spoilt) return await work()
    if (this.#fault.endsWith('effect')) await work()
    if (this.#fault.startsWith('failed')) throw new Error('injected')
    // A dead process leaves no transaction open: its connection ends, and the database rolls back.
    if (this.#inTransaction) throw KILLED
    this.#kill('killed')
    return await new Promise<T>(() => undefined)
  }

  async transact<T>(work: () => Promise<T>): Promise<T> {
    this.#inTransaction = true
    try {
      return await work()
    } catch (error) {
      if (error !== KILLED) throw error
      this.#kill('killed')
      return await new Promise<T>(() => undefined)
    } finally {
      this.#inTransaction = false
    }
  }
}

const KILLED = new Error('killed')

function spoiltReads(reads: LogReads, fate: Fate): LogReads {
  return {
    readHead: () => fate.meet('readHead', () => reads.readHead()),
    readTile: (address) => fate.meet('readTile', () => reads.readTile(address)),
    findLeaves: (hashes) => fate.meet('findLeaves', () => reads.findLeaves(hashes)),
  }
}

function spoiltStore(store: LogStore, fate: Fate): LogStore {
  return {
    ...spoiltReads(store, fate),
    transact: (work) =>
      fate.meet('transact', () =>
        fate.transact(() =>
          store.transact((transaction) =>
            work({
              ...spoiltReads(transaction, fate),
              replaceHead: (commit) => fate.meet('replaceHead', () => transaction.replaceHead(commit)),
            }),
          ),
        ),
      ),
  }
}

function spoiltWitness(witness: HeadWitness, fate: Fate): HeadWitness {
  return {
    read: () => fate.meet('witness.read', () => witness.read()),
    write: (checkpoint) => fate.meet('witness.write', () => witness.write(checkpoint)),
  }
}

function spoiltSigner(signer: LogSigner, fate: Fate): LogSigner {
  const spoil = (name: string, signer: NoteSigner): NoteSigner => ({
    ...signer,
    sign: (message) => fate.meet(name, () => signer.sign(message)),
  })
  return {
    ...signer,
    ed25519: spoil('sign ed25519', signer.ed25519),
    mlDsa44: spoil('sign mlDsa44', signer.mlDsa44),
  }
}

function spoilt(fixture: LogFixture, fate: Fate): Sequencer {
  return fixture.sequencer({
    store: spoiltStore(fixture.store, fate),
    witness: spoiltWitness(fixture.witness, fate),
    signer: spoiltSigner(fixture.signer, fate),
  })
}

const WAVES = [entries(0, 3), entries(3, 8), [...entries(2, 3), ...entries(8, 9)]]
const LEAVES = entries(0, 9)

/** Everything that was answered, in the order it was. */
type Answered = [leaf: Buffer, appended: Appended][]

/** Starts, appends in three waves, reads. Failures are classified, and gone past. */
async function work(fixture: LogFixture, log: Sequencer, answered: Answered): Promise<'done'> {
  const tolerate = (error: unknown) => assert.ok(error instanceof EnclaveError, `not classified: ${String(error)}`)
  await log.start().catch(tolerate)
  for (const wave of WAVES) {
    const appending = wave.map(async (leaf) => {
      const appended = await log.append(leaf)
      assert.ok(appended.proof.endsWith(`\n\n${fixture.witness.head}`), 'let out before it was witnessed')
      answered.push([leaf, appended])
    })
    await Promise.all(appending.map((one) => one.catch(tolerate)))
  }
  await log.checkpoint().catch(tolerate)
  return 'done'
}

/** The indexes at which `log` has the leaves, after an outsider found nothing wrong with it nor with `answered`. */
async function audit(fixture: LogFixture, log: Sequencer, answered: Answered): Promise<number[]> {
  const appended = await Promise.all(LEAVES.map((leaf) => log.append(leaf)))
  const audited = await auditLog(readerOf(log), fixture.trust)
  assert.equal(audited.size, LEAVES.length)
  const indexes = appended.map(({ proof }, at) => auditProof(proof, LEAVES[at]!, audited, fixture.trust))
  for (const [leaf, { index, proof }] of answered) {
    assert.equal(auditProof(proof, leaf, audited, fixture.trust), index)
    assert.equal(indexes[LEAVES.findIndex((one) => one.equals(leaf))], index)
  }
  return indexes
}

forEachDatabase((name, open) => {
  for (const fault of FAULTS)
    test(`every call ${fault}, and the log goes on (${name})`, async (t) => {
      const { db } = await open(t)
      const rehearsal = new Fate()
      const calm: Answered = []
      const quiet = logFixture(db)
      await work(quiet, spoilt(quiet, rehearsal), calm)
      assert.equal(calm.length, WAVES.flat().length)
      for (const call of CALLS) assert.ok(rehearsal.calls.includes(call), `the rehearsal never came to ${call}`)

      for (const [at, call] of rehearsal.calls.entries()) {
        const fixture = logFixture(db)
        const fate = new Fate(at, fault)
        const log = spoilt(fixture, fate)
        const answered: Answered = []
        const outcome = await Promise.race([work(fixture, log, answered), fate.killed])
        assert.equal(outcome, fault.startsWith('killed') ? 'killed' : 'done', `${call}, call ${at}`)
        const next = fixture.sequencer()
        await next.start()
        const indexes = await audit(fixture, next, answered)
        if (outcome === 'killed') continue
        // One failure is gone past without its callers noticing; and the process goes on, where the other one is now.
        assert.equal(answered.length, calm.length, `${call}, call ${at}`)
        assert.deepEqual(await audit(fixture, log, answered), indexes)
      }
    })
})

const CALLS = [
  'readHead',
  'findLeaves',
  'transact',
  'replaceHead',
  'witness.read',
  'witness.write',
  'sign ed25519',
  'sign mlDsa44',
]
