/** What a host can do to the database of a log, and to the file beside it, and what the enclave does then: sign nothing. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { certificateLeaf } from '@perf-aggregator/protocol'
import { auditLog } from '@perf-aggregator/testkit'
import type { Kysely } from 'kysely'
import type { EnclaveErrorCode } from '../../src/errors.ts'
import type { LogSigner } from '../../src/log/signer.ts'
import type { Database } from '../../src/store/tables.ts'
import { forEachDatabase, type OpenDatabase, type TestDatabase } from '../database.ts'
import { entries, type LogFixture, logFixture, memoryWitness, readerOf } from './log-fixture.ts'
import { refused } from './refused.ts'

type Rows = Awaited<ReturnType<typeof copyRows>>

async function copyRows(owner: Kysely<Database>) {
  return {
    logs: await owner.selectFrom('merkle_logs').selectAll().execute(),
    tiles: await owner.selectFrom('merkle_tiles').selectAll().execute(),
    leaves: await owner.selectFrom('merkle_leaves').selectAll().execute(),
  }
}

async function deleteRows(owner: Kysely<Database>): Promise<void> {
  await owner.deleteFrom('merkle_leaves').execute()
  await owner.deleteFrom('merkle_tiles').execute()
  await owner.deleteFrom('merkle_logs').execute()
}

async function restoreRows(owner: Kysely<Database>, { logs, tiles, leaves }: Rows): Promise<void> {
  await deleteRows(owner)
  await owner.insertInto('merkle_logs').values(logs).execute()
  await owner.insertInto('merkle_tiles').values(tiles).execute()
  await owner
    .insertInto('merkle_leaves')
    .values(leaves.map((leaf) => ({ ...leaf, index: Number(leaf.index) })))
    .execute()
}

/** The signer of `fixture`, and how often it signed. */
function counted(fixture: LogFixture): { signer: LogSigner; signed: () => number } {
  let count = 0
  const { ed25519, mlDsa44 } = fixture.signer
  return {
    signer: {
      ...fixture.signer,
      ed25519: { ...ed25519, sign: (message) => (count++, ed25519.sign(message)) },
      mlDsa44: { ...mlDsa44, sign: (message) => (count++, mlDsa44.sign(message)) },
    },
    signed: () => count,
  }
}

interface Scene {
  readonly fixture: LogFixture
  readonly asOwner: TestDatabase['asOwner']
  /** The rows as they were at 300 entries; the log then went on to 305. */
  readonly backup: Rows
}

async function scene(t: TestContext, open: OpenDatabase): Promise<Scene> {
  const { db, asOwner } = await open(t)
  const fixture = logFixture(db)
  const log = fixture.sequencer()
  await Promise.all(entries(0, 300).map((leaf) => log.append(leaf)))
  const backup = await asOwner(copyRows)
  await Promise.all(entries(300, 305).map((leaf) => log.append(leaf)))
  return { fixture, asOwner, backup }
}

/** A running process and one that starts now both refuse with `code`, sign nothing and leave the witness alone. */
async function refusesBoth(
  { fixture, asOwner }: Scene,
  code: EnclaveErrorCode,
  attack: (owner: Kysely<Database>) => Promise<unknown>,
): Promise<void> {
  const before = counted(fixture)
  const running = fixture.sequencer({ signer: before.signer })
  await running.start()
  const witnessed = fixture.witness.head
  await asOwner(attack)
  const after = counted(fixture)
  const starting = fixture.sequencer({ signer: after.signer })
  await assert.rejects(starting.start(), refused(code))
  for (const log of [running, starting]) {
    await assert.rejects(log.append(Buffer.from('another entry')), refused(code))
    await assert.rejects(log.checkpoint(), refused(code))
  }
  assert.equal(before.signed() + after.signed(), 0)
  assert.equal(fixture.witness.head, witnessed)
}

forEachDatabase((name, open) => {
  test(`a log that another process moves on meanwhile, under the same witness, was not rolled back (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const other = fixture.sequencer()
    const [first, second] = entries(0, 2)
    await other.append(first!)
    const looking = fixture.sequencer({
      store: {
        ...fixture.store,
        readHead: async () => {
          const head = await fixture.store.readHead()
          await other.append(second!)
          return head
        },
      },
    })
    const note = await looking.checkpoint()
    assert.match(note, /^log\.example\/\d+\n1\n/)
  })

  test(`a database set back to an old backup is noticed, and accepted again when it is put right (${name})`, async (t) => {
    const stage = await scene(t, open)
    const { fixture, asOwner, backup } = stage
    const newest = await asOwner(copyRows)
    await refusesBoth(stage, 'log_rolled_back', (owner) => restoreRows(owner, backup))
    await asOwner((owner) => restoreRows(owner, newest))
    const log = fixture.sequencer()
    const [leaf] = entries(305, 306)
    assert.equal((await log.append(leaf!)).index, 305)
    await auditLog(readerOf(log), fixture.trust)
  })

  test(`a database that lost the log is noticed (${name})`, async (t) => {
    await refusesBoth(await scene(t, open), 'log_rolled_back', deleteRows)
  })

  test(`a second history of the same log is noticed, whatever its length (${name})`, async (t) => {
    for (const length of [5, 6, 400]) {
      const stage = await scene(t, open)
      await refusesBoth(stage, 'log_rolled_back', async (owner) => {
        await restoreRows(owner, stage.backup)
      })
      // A twin of the enclave, its witness lost, goes on from the backup: two histories, both properly signed.
      const twin = stage.fixture.sequencer({ witness: memoryWitness() })
      const others = Array.from({ length }, (_, at) => Buffer.from(`other ${at}`))
      await Promise.all(others.map((leaf) => twin.append(leaf)))
      const log = stage.fixture.sequencer()
      await assert.rejects(log.start(), refused('log_rolled_back'))
      await assert.rejects(log.append(Buffer.from('another entry')), refused('log_rolled_back'))
      await stage.asOwner(deleteRows)
    }
  })

  test(`a witness that lags behind is brought up, one that holds nonsense is not believed (${name})`, async (t) => {
    const { fixture, backup } = await scene(t, open)
    const [head] = backup.logs
    const lagging = memoryWitness(head!.checkpoint)
    await fixture.sequencer({ witness: lagging }).start()
    assert.equal(lagging.head, fixture.witness.head)
    for (const nonsense of ['', 'nonsense', lagging.head!.replace('\n305\n', '\n304\n'), `${lagging.head!}x\n`]) {
      const { signer, signed } = counted(fixture)
      const log = fixture.sequencer({ witness: memoryWitness(nonsense), signer })
      await assert.rejects(log.append(Buffer.from('another entry')), refused('storage_altered'))
      assert.equal(signed(), 0)
    }
  })

  const alterations: [what: string, alter: (owner: Kysely<Database>) => Promise<unknown>][] = [
    [
      'its checkpoint',
      (owner) =>
        owner
          .updateTable('merkle_logs')
          .set((row) => ({ checkpoint: row.fn('replace', ['checkpoint', row.val('\n305\n'), row.val('\n306\n')]) }))
          .execute(),
    ],
    ['a missing tile', (owner) => owner.deleteFrom('merkle_tiles').where('tile', '=', 'tile/0/001').execute()],
    [
      'a tile on a higher level',
      (owner) =>
        owner
          .updateTable('merkle_tiles')
          .set({ data: new Uint8Array(32) })
          .where('tile', '=', 'tile/1/000')
          .execute(),
    ],
    [
      'a tile with bytes missing',
      (owner) =>
        owner
          .updateTable('merkle_tiles')
          .set({ data: new Uint8Array(31) })
          .where('tile', '=', 'tile/1/000')
          .execute(),
    ],
    [
      'the newest entries',
      (owner) =>
        owner
          .updateTable('merkle_tiles')
          .set({ data: Buffer.concat(Array.from({ length: 49 }, () => Buffer.of(0, 1, 7))) })
          .where('tile', '=', 'tile/entries/001')
          .execute(),
    ],
    [
      'a bundle that is none',
      (owner) =>
        owner
          .updateTable('merkle_tiles')
          .set({ data: Buffer.of(0) })
          .where('tile', '=', 'tile/entries/001')
          .execute(),
    ],
    ['a missing bundle', (owner) => owner.deleteFrom('merkle_tiles').where('tile', '=', 'tile/entries/001').execute()],
  ]
  for (const [what, alter] of alterations)
    test(`altered: ${what} (${name})`, async (t) => {
      const { fixture, asOwner } = await scene(t, open)
      await asOwner(alter)
      const { signer, signed } = counted(fixture)
      const log = fixture.sequencer({ signer })
      await assert.rejects(log.start(), refused('storage_altered'))
      await assert.rejects(log.append(Buffer.from('another entry')), refused('storage_altered'))
      assert.equal(signed(), 0)
    })

  test(`a leaf said to be where it is not is refused alone (${name})`, async (t) => {
    const { fixture, asOwner } = await scene(t, open)
    const [lied, beyond, honest, fresh] = [...entries(0, 3), Buffer.from('fresh')]
    await asOwner(async (owner) => {
      const rows = await owner.selectFrom('merkle_leaves').selectAll().execute()
      const at = (index: number) => rows.find((row) => Number(row.index) === index)!.leaf_hash
      await owner
        .deleteFrom('merkle_leaves')
        .where('leaf_hash', 'in', [at(0), at(1)])
        .execute()
      const { origin } = fixture.signer
      await owner
        .insertInto('merkle_leaves')
        .values([
          { origin, leaf_hash: at(0), index: 1 },
          { origin, leaf_hash: at(1), index: 70_000 },
        ])
        .execute()
    })
    const log = fixture.sequencer()
    const altered = refused('storage_altered')
    const refusedBoth = [assert.rejects(log.append(lied), altered), assert.rejects(log.append(beyond!), altered)]
    const [old, appended] = await Promise.all([log.append(honest!), log.append(fresh!)])
    await Promise.all(refusedBoth)
    assert.deepEqual([old.index, appended.index], [2, 305])
  })

  test(`the service cannot delete from its own log (${name})`, async (t) => {
    const { db } = await open(t)
    const log = logFixture(db).sequencer()
    await log.append(certificateLeaf(new Uint8Array(32)))
    for (const table of ['merkle_logs', 'merkle_tiles', 'merkle_leaves'] as const)
      await assert.rejects(db.deleteFrom(table).execute(), /permission denied/)
  })
})
