import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashLeaf, verifyTlogProof } from '@perf-aggregator/protocol'
import { auditLog, auditProof } from '@perf-aggregator/testkit'
import type { LogStore } from '../../src/log/log-store.ts'
import { logTrust, ownSignatures } from '../../src/log/signer.ts'
import { forEachDatabase } from '../database.ts'
import { entries, logFixture, memoryWitness, readerOf } from './log-fixture.ts'
import { refused } from './refused.ts'

forEachDatabase((name, open) => {
  test(`a new log publishes the empty tree (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer()
    await log.start()
    const audited = await auditLog(readerOf(log), fixture.trust)
    assert.equal(audited.size, 0)
    assert.equal(fixture.witness.head, await log.checkpoint())
  })

  test(`concurrent appends share a checkpoint, and each is proved (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer()
    const leaves = entries(0, 20)
    const appended = await Promise.all(leaves.map((leaf) => log.append(leaf)))
    assert.deepEqual(
      appended.map(({ index }) => index),
      [...leaves.keys()],
    )
    assert.equal(new Set(appended.map(({ proof }) => proof.slice(proof.indexOf('\n\n')))).size, 1)
    for (const [at, { proof }] of appended.entries()) {
      const { signer } = fixture
      const proved = await verifyTlogProof(proof, leaves[at]!, logTrust(signer), ownSignatures(signer))
      assert.equal(proved.index, at)
      assert.equal(proved.checkpoint.note, fixture.witness.head)
    }
    assert.equal((await auditLog(readerOf(log), fixture.trust)).size, 20)
  })

  test(`however many ask for the checkpoint, an append waits for one look, and each sees what was there before (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    let looks = 0
    const store: LogStore = {
      ...fixture.store,
      readHead: async () => {
        looks += 1
        return await fixture.store.readHead()
      },
    }
    const log = fixture.sequencer({ store })
    await log.start()
    const [leaf] = entries(0, 1)
    looks = 0
    const flood = Array.from({ length: 500 }, () => log.checkpoint())
    await log.append(leaf!)
    const after = await log.checkpoint()
    assert.equal(after, fixture.witness.head)
    assert.ok((await Promise.all(flood)).every((note) => note !== after))
    assert.ok(looks <= 3, `${looks} looks`)
  })

  test(`the same leaf has one index: in a batch, later, and in another process (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer()
    const [leaf, other] = entries(0, 2)
    const [first, twin, second] = await Promise.all([log.append(leaf!), log.append(leaf!), log.append(other!)])
    assert.deepEqual([first?.index, twin?.index, second?.index], [0, 0, 1])
    assert.equal((await log.append(leaf!)).index, 0)
    const elsewhere = fixture.sequencer({ witness: memoryWitness() })
    const again = await elsewhere.append(leaf!)
    assert.equal(again.index, 0)
    const audited = await auditLog(readerOf(elsewhere), fixture.trust)
    assert.equal(audited.size, 2)
    assert.equal(auditProof(again.proof, leaf!, audited, fixture.trust), 0)
  })

  test(`growing over tiles: every published checkpoint stays auditable (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer({ maxBatch: 300 })
    const proofs: [string, Buffer][] = []
    const published = new Set<string>()
    let size = 0
    for (const batch of [1, 254, 1, 1, 254, 257, 30]) {
      const leaves = entries(size, size + batch)
      const appended = await Promise.all(leaves.map((leaf) => log.append(leaf)))
      appended.forEach(({ proof }, at) => proofs.push([proof, leaves[at]!]))
      size += batch
      published.add(await log.checkpoint())
    }
    const audited = await auditLog(readerOf(log), fixture.trust)
    assert.equal(audited.size, size)
    for (const [proof, leaf] of proofs) auditProof(proof, leaf, audited, fixture.trust)
    assert.equal(published.size, 7)
    for (const checkpoint of published) await auditLog(readerOf(log, checkpoint), fixture.trust)
    // A process that knows only the database goes on where this one stopped.
    const next = fixture.sequencer()
    const [leaf] = entries(size, size + 1)
    assert.equal((await next.append(leaf!)).index, size)
    const [old] = entries(100, 101)
    const { index, proof } = await next.append(old!)
    assert.equal(index, 100)
    auditProof(proof, old!, await auditLog(readerOf(next), fixture.trust), fixture.trust)
  })

  test(`processes on one database share one history (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const processes = [0, 1, 2].map(() => fixture.sequencer({ witness: memoryWitness(), maxBatch: 7 }))
    const given: [string, Buffer, number][] = []
    await Promise.all(
      processes.map(async (log, which) => {
        for (let wave = 0; wave < 4; wave += 1) {
          // Each wave overlaps with that of the next process.
          const from = wave * 20 + which * 5
          await Promise.all(
            entries(from, from + 10).map(async (leaf) => {
              const { index, proof } = await log.append(leaf)
              given.push([proof, leaf, index])
            }),
          )
        }
      }),
    )
    const audited = await auditLog(readerOf(processes[0]!), fixture.trust)
    const indexes = new Map<string, number>()
    for (const [proof, leaf, index] of given) {
      assert.equal(auditProof(proof, leaf, audited, fixture.trust), index)
      const known = indexes.get(leaf.toString()) ?? index
      assert.equal(index, known)
      indexes.set(leaf.toString(), known)
    }
    assert.equal(audited.size, indexes.size)
  })

  test(`what is not there is null; what is no path is null (${name})`, async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer()
    const leaves = entries(0, 5)
    await Promise.all(leaves.map((leaf) => log.append(leaf)))
    assert.deepEqual(Buffer.from((await log.tile('tile/0/000.p/2'))!), Buffer.concat(leaves.slice(0, 2).map(hashLeaf)))
    assert.equal((await log.tile('tile/entries/000.p/3'))?.length, 3 * (2 + leaves[0]!.length))
    for (const path of ['tile/0/000', 'tile/0/000.p/6', 'tile/0/001.p/1', 'tile/1/000.p/1', 'tile/entries/000'])
      assert.equal(await log.tile(path), null, path)
    for (const path of ['', 'checkpoint', 'tile/0/0', '../tile/0/000', 'tile/0/000.p/0', "tile/0/000' or 1=1"])
      assert.equal(await log.tile(path), null, path)
  })
})

forEachDatabase((name, open) => {
  if (name !== 'pglite') return

  test('a full queue refuses, and works on', async (t) => {
    const log = logFixture((await open(t)).db).sequencer({ maxWaiting: 2 })
    const [first, second, third] = entries(0, 3)
    const accepted = [log.append(first!), log.append(second!)]
    await assert.rejects(log.append(third!), refused('log_overloaded'))
    await Promise.all(accepted)
    assert.equal((await log.append(third!)).index, 2)
  })

  test('an entry no bundle can hold is refused', async (t) => {
    const log = logFixture((await open(t)).db).sequencer()
    await assert.rejects(log.append(new Uint8Array(65_536)), refused('internal'))
    assert.equal((await log.append(new Uint8Array(65_535))).index, 0)
  })

  test('a leaf changed by its owner while it waits is logged as it was given', async (t) => {
    const fixture = logFixture((await open(t)).db)
    const log = fixture.sequencer()
    const leaf = Buffer.from('as given')
    const appending = log.append(leaf)
    leaf.fill(0)
    await appending
    assert.deepEqual((await auditLog(readerOf(log), fixture.trust)).entries, [Buffer.from('as given')])
  })

  test('a process that always comes second gives up, and says so', async (t) => {
    const fixture = logFixture((await open(t)).db)
    await fixture.sequencer().start()
    const transact: LogStore['transact'] = (work) =>
      fixture.store.transact((transaction) => work({ ...transaction, replaceHead: () => Promise.resolve(false) }))
    const log = fixture.sequencer({ store: { ...fixture.store, transact } })
    await assert.rejects(log.append(Buffer.from('leaf')), refused('log_conflict'))
  })

  test('a spoilt signature never gets out', async (t) => {
    const fixture = logFixture((await open(t)).db)
    await fixture.sequencer().start()
    const published = fixture.witness.head
    for (const spoilt of ['ed25519', 'mlDsa44'] as const) {
      const own = fixture.signer[spoilt]
      const sign = async (message: Uint8Array) => {
        const signature = await own.sign(message)
        return signature.with(9, signature[9]! ^ 1)
      }
      const log = fixture.sequencer({ signer: { ...fixture.signer, [spoilt]: { ...own, sign } } })
      await assert.rejects(log.append(Buffer.from('leaf')), refused('internal'))
      assert.equal(fixture.witness.head, published)
      assert.equal(await fixture.store.readHead(), published)
    }
  })
})
