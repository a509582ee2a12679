/**
 * How many certificates the log takes, and how fast it proves and checks them. Every append counted is durable as far
 * as the database makes it so, witnessed in a synced file, and answered with a proof that was verified.
 *
 * PGlite in a folder; with `DATABASE_URL` set, that PostgreSQL server, which must be migrated and is added to.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  certificateLeaf,
  openCheckpoint,
  proveInclusion,
  TILE_WIDTH,
  tileNodeReader,
  verifyInclusion,
} from '@perf-aggregator/protocol'
import { sql } from 'kysely'
import { fileHeadWitness } from '../src/log/head-file.ts'
import { databaseLogStore } from '../src/log/log-store.ts'
import { Sequencer } from '../src/log/sequencer.ts'
import { keyObjectLogSigner, logTrust, ownSignatures } from '../src/log/signer.ts'
import { openStore, type Store } from '../src/store/open.ts'

const ENTRIES = 8192
const ONE_BY_ONE = 200
const PROOFS = 10_000

export async function bench(print: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'log-bench-'))
  const url = process.env['DATABASE_URL']
  const store = await openStore(
    url === undefined ? { kind: 'pglite', dataDirectory: folder } : { kind: 'postgresql', url },
  )
  try {
    print(await durability(store))
    const signer = keyObjectLogSigner(`bench.example/${randomBytes(8).toString('hex')}`, {
      ed25519: generateKeyPairSync('ed25519').privateKey,
      mlDsa44: generateKeyPairSync('ml-dsa-44').privateKey,
    })
    const logStore = databaseLogStore(store.db, signer.origin)
    const log = new Sequencer({
      store: logStore,
      witness: fileHeadWitness(join(folder, 'head')),
      signer,
      clock: { now: () => Date.now() },
    })
    await log.start()
    for (const concurrent of [1, 16, 256, 1024]) print(await measureAppends(log, concurrent))

    const { size, root } = await openCheckpoint(await log.checkpoint(), logTrust(signer), ownSignatures(signer))
    const node = tileNodeReader(size, (address) => logStore.readTile(address))
    for (let index = 0; index < size; index += TILE_WIDTH) await proveInclusion(index, size, node)
    const proving = await seconds(async () => {
      for (let at = 0; at < PROOFS; at += 1) await proveInclusion((at * 7919) % size, size, node)
    })
    print(`inclusion proofs, ${size} entries, tiles in memory  ${rate(PROOFS, proving)}`)

    const index = Math.floor(size / 3)
    const hashes = await proveInclusion(index, size, node)
    const claim = { leafHash: await node(0, index), index, size, root }
    const checking = await seconds(async () => {
      for (let at = 0; at < PROOFS; at += 1) verifyInclusion(claim, hashes)
    })
    print(`inclusion checks, ${hashes.length} hashes each               ${rate(PROOFS, checking)}`)
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
}

/** What the database says of its own durability. */
async function durability({ db, kind }: Store): Promise<string> {
  const show = async (setting: string) =>
    (await sql<{ value: string }>`select current_setting(${setting}) as value`.execute(db)).rows[0]?.value
  const [fsync, commit] = [await show('fsync'), await show('synchronous_commit')]
  const warning = fsync === 'on' && commit !== 'off' ? '' : ': NOT durable against a power cut'
  return `${kind}, fsync=${fsync}, synchronous_commit=${commit}${warning}; witness file synced on every batch`
}

async function measureAppends(log: Sequencer, concurrent: number): Promise<string> {
  const total = concurrent === 1 ? ONE_BY_ONE : ENTRIES
  const leaves = Array.from({ length: total }, () => certificateLeaf(randomBytes(32)))
  const took = await seconds(async () => {
    for (let at = 0; at < total; at += concurrent)
      await Promise.all(leaves.slice(at, at + concurrent).map((leaf) => log.append(leaf)))
  })
  const batch = ((took * 1000) / (total / concurrent)).toFixed(1)
  return `appends, ${String(concurrent).padStart(4)} at a time                     ${rate(total, took)}, ${batch} ms a batch`
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function rate(count: number, took: number): string {
  return `${Math.round(count / took).toLocaleString('en-GB')} /s`
}

if (import.meta.main) await bench(console.log)
