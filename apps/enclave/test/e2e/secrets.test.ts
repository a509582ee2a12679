/**
 * Requirement E3 for the house as a whole: an API key, its secret and a passphrase that were submitted, used and revoked
 * are in no table, no file (write-ahead logs included), no log line of the most talkative level and no answer.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { startSandbox, VENUE_IDS } from '@perf-aggregator/venue-sandbox'
import { sql } from 'kysely'
import { type Canaries, canariesOf, dumpTables, filesBelow, Lookout } from './canaries.ts'
import { RATE_LIMIT_SCALE, summaryWhen, Trader } from './house.ts'
import { forEachPlace, type Place } from './place.ts'
import { serve } from './served.ts'

forEachPlace((name, open) => {
  test(`secrets leave no trace on disk, in logs, in answers (${name})`, { timeout: 300_000 }, async (t) => {
    const place = await open(t)
    const sandbox = await startSandbox({
      seed: randomBytes(8).toString('hex'),
      fillsPerAccount: 30,
      rateLimitScale: RATE_LIMIT_SCALE,
    })
    t.after(() => sandbox.stop())
    const passphrase = randomBytes(24).toString('base64url')
    const canaries = { ...canariesOf(sandbox), passphrase: Buffer.from(passphrase) }
    const lookout = new Lookout(canaries)
    const answers: Uint8Array[] = []
    const listen: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      const headers = JSON.stringify([...response.headers])
      answers.push(Buffer.from(headers), new Uint8Array(await response.clone().arrayBuffer()))
      return response
    }

    const house = await serve(place, sandbox, { LOG_LEVEL: 'trace' })
    t.after(() => house.kill())
    const trader = await Trader.arrive(house, sandbox)
    const clients = []
    for (const venue of VENUE_IDS) clients.push(await trader.register(venue, { passphrase, fetch: listen }))
    for (const client of clients) await summaryWhen(client, ({ state }) => state === 'up_to_date')
    const [first, ...include] = clients
    await first?.requestCertificate({ include })
    // A refusal on the way, and one after the end: failures say more than successes.
    const { apiKey, apiSecret } = sandbox.credentials.kraken.trading
    await assert.rejects(trader.client('kraken', { apiKey, secret: apiSecret, passphrase, fetch: listen }).register())
    // In use: on a server the owner can look at once, into the embedded files whoever has the disk.
    if (place.databaseUrl !== null) lookout.nothingIn('tables, in use', await place.asOwner(dumpTables))
    nothingInFiles(lookout, place)

    for (const client of clients) await client.revoke()
    await assert.rejects(first?.getSummary() ?? Promise.resolve())
    await house.stop()
    lookout.nothingIn('tables, revoked', await place.asOwner(dumpTables))
    nothingInFiles(lookout, place)
    const said = Buffer.from(house.said())
    assert.ok(said.length > 2_000, 'the most talkative level says something')
    lookout.nothingIn('log', said)
    assert.ok(answers.length > 20)
    lookout.nothingIn('answers', Buffer.concat(answers))
    await assertWouldBeSeen(lookout, place, canaries)
  })
})

function nothingInFiles(lookout: Lookout, place: Place): void {
  let files = 0
  for (const folder of foldersOf(place)) {
    for (const { path, bytes } of filesBelow(folder)) {
      files += 1
      assert.deepEqual(lookout.find(bytes), [], path)
    }
  }
  assert.ok(files > 100, 'a database has more files than that')
}

function foldersOf({ dataDirectory, databaseUrl }: Place): readonly string[] {
  const server = databaseUrl === null ? null : new URL(databaseUrl).searchParams.get('host')
  return server === null ? [dataDirectory] : [dataDirectory, `${server}/data`]
}

/** The control: a canary in a row is found in the tables, and in the files under them. */
async function assertWouldBeSeen(lookout: Lookout, place: Place, canaries: Canaries): Promise<void> {
  const [[name, canary] = assert.fail()] = Object.entries(canaries)
  await place.asOwner(async (owner) => {
    await sql`create table control (planted text)`.execute(owner)
    await sql`insert into control values (${Buffer.from(canary).toString('hex')})`.execute(owner)
    assert.ok(lookout.find(await dumpTables(owner)).includes(`${name}/hex`), 'a planted row is in the tables')
    await sql`drop table control`.execute(owner)
  })
  const found = foldersOf(place).flatMap((folder) =>
    [...filesBelow(folder)].flatMap(({ bytes }) => lookout.find(bytes)),
  )
  assert.ok(found.includes(`${name}/hex`), 'a planted row is in the files')
}
