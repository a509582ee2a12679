import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeEntryBundle, hashLeaf, joinTile } from '@perf-aggregator/protocol'
import { databaseLogStore, type LogCommit } from '../../src/log/log-store.ts'
import { forEachDatabase } from '../database.ts'
import { refused } from './refused.ts'

const leaves = ['a', 'b', 'c'].map((text) => Buffer.from(text))
const hashes = leaves.map(hashLeaf)

/** A commit of the first `width` leaves; the notes need not be notes here. */
function commit(previous: string | null, checkpoint: string, width: number): LogCommit {
  return {
    previous,
    checkpoint,
    tiles: [
      { level: 0, index: 0, width, bytes: joinTile(hashes.slice(0, width)) },
      { level: 'entries', index: 0, width, bytes: encodeEntryBundle(leaves.slice(0, width)) },
    ],
    leaves: [{ hash: hashes[width - 1]!, index: width - 1 }],
  }
}

forEachDatabase((name, open) => {
  test(`a head is replaced only by who knows it, byte for byte (${name})`, async (t) => {
    const { db } = await open(t)
    const store = databaseLogStore(db, 'log.example/a')
    const replace = (one: LogCommit) => store.transact((transaction) => transaction.replaceHead(one))
    assert.equal(await store.readHead(), null)
    assert.equal(await replace(commit('a head that never was', 'one', 1)), false)
    assert.equal(await replace(commit(null, 'one', 1)), true)
    for (const stale of [null, 'One', 'one ', 'two']) {
      assert.equal(await replace(commit(stale, 'two', 2)), false)
      assert.equal(await store.readHead(), 'one')
      assert.equal(await store.readTile({ level: 0, index: 0, width: 2 }), null)
      assert.equal((await store.findLeaves(hashes)).size, 1)
    }
    assert.equal(await replace(commit('one', 'two', 2)), true)
    assert.equal(await store.readHead(), 'two')
    assert.deepEqual(
      [...(await store.findLeaves(hashes))],
      [
        [0, 0],
        [1, 1],
      ],
    )
  })

  test(`what fails leaves nothing behind (${name})`, async (t) => {
    const { db } = await open(t)
    const store = databaseLogStore(db, 'log.example/a')
    const failing = store.transact(async (transaction) => {
      await transaction.replaceHead(commit(null, 'one', 1))
      throw new Error('changed my mind')
    })
    await assert.rejects(failing, /changed my mind/)
    assert.equal(await store.readHead(), null)
    assert.equal(await store.readTile({ level: 0, index: 0, width: 1 }), null)
  })

  test(`narrower tiles are cut from wider ones (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const store = databaseLogStore(db, 'log.example/a')
    await store.transact((transaction) => transaction.replaceHead(commit(null, 'three', 3)))
    const read = (level: 0 | 'entries', width: number) => store.readTile({ level, index: 0, width })
    for (const width of [1, 2, 3]) {
      assert.deepEqual(Buffer.from((await read(0, width))!), Buffer.concat(hashes.slice(0, width)))
      const bundle = Buffer.from(encodeEntryBundle(leaves.slice(0, width)))
      assert.deepEqual(Buffer.from((await read('entries', width))!), bundle)
    }
    assert.equal(await read(0, 4), null)
    await asOwner((owner) =>
      owner
        .updateTable('merkle_tiles')
        .set({ data: Buffer.of(1) })
        .execute(),
    )
    await assert.rejects(read(0, 2), refused('storage_altered'))
    await assert.rejects(read('entries', 2), refused('storage_altered'))
  })

  test(`logs on one database do not see each other (${name})`, async (t) => {
    const { db } = await open(t)
    const [one, other] = [databaseLogStore(db, 'log.example/a'), databaseLogStore(db, 'log.example/b')]
    await one.transact((transaction) => transaction.replaceHead(commit(null, 'one', 1)))
    assert.equal(await other.readHead(), null)
    assert.equal(await other.readTile({ level: 0, index: 0, width: 1 }), null)
    assert.equal((await other.findLeaves(hashes)).size, 0)
    assert.equal((await one.findLeaves([])).size, 0)
  })
})
