/** One log as the tests drive it: keys made for this run, a clock that stands still, a witness in memory. */
import { generateKeyPairSync } from 'node:crypto'
import type { AuditTrust, LogReader } from '@perf-aggregator/testkit'
import type { Kysely } from 'kysely'
import type { HeadWitness } from '../../src/log/head-witness.ts'
import { databaseLogStore, type LogStore } from '../../src/log/log-store.ts'
import { Sequencer, type SequencerOptions } from '../../src/log/sequencer.ts'
import { keyObjectLogSigner, type LogSigner } from '../../src/log/signer.ts'
import type { Database } from '../../src/store/tables.ts'

const privateKeys = {
  ed25519: generateKeyPairSync('ed25519').privateKey,
  mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
}

export interface MemoryWitness extends HeadWitness {
  head: string | null
}

export function memoryWitness(head: string | null = null): MemoryWitness {
  return {
    head,
    async read() {
      return this.head
    },
    async write(checkpoint) {
      this.head = checkpoint
    },
  }
}

export interface LogFixture {
  readonly store: LogStore
  readonly witness: MemoryWitness
  readonly signer: LogSigner
  readonly trust: AuditTrust
  /** Another process on the same log; parts that are given replace this fixture's. */
  sequencer(options?: Partial<SequencerOptions>): Sequencer
}

let logs = 0

/** A log of its own in `db`, that no other test shares. */
export function logFixture(db: Kysely<Database>): LogFixture {
  const origin = `log.example/${logs++}`
  const signer = keyObjectLogSigner(origin, privateKeys)
  const store = databaseLogStore(db, origin)
  const witness = memoryWitness()
  const clock = { now: () => 1_760_000_000_000 }
  return {
    store,
    witness,
    signer,
    trust: { origin, ed25519: signer.ed25519.key.publicKey, mlDsa44: signer.mlDsa44.key.publicKey },
    sequencer: (options = {}) => new Sequencer({ store, witness, signer, clock, ...options }),
  }
}

/** What an auditor reads a log through. `checkpoint`, when given, is an older one than the log now has. */
export function readerOf(log: Sequencer, checkpoint?: string): LogReader {
  return async (path) => (path === 'checkpoint' ? Buffer.from(checkpoint ?? (await log.checkpoint())) : log.tile(path))
}

/** Distinct entries `from` up to, not including, `to`. */
export function entries(from: number, to: number): Buffer[] {
  return Array.from({ length: to - from }, (_, at) => Buffer.from(`entry ${from + at}`))
}
