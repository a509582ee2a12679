import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountEvent } from '@perf-aggregator/performance'
import fc from 'fast-check'
import { type RawBuilder, sql } from 'kysely'
import type { Aggregates } from '../../src/aggregation/aggregation.ts'
import { fill } from '../collection/fake-collector.ts'
import { forEachDatabase, type TestDatabase } from '../database.ts'
import { refusal } from '../refusal.ts'
import { aggregation, CountingVault, collectedAccount, SESSION } from './account.ts'

const bytes = ({ performance, days }: Aggregates): string => JSON.stringify({ performance, days })
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** What a hostile host could do to the newest row. */
const TAMPERING: Readonly<Record<string, (database: TestDatabase, vault: CountingVault) => Promise<void>>> = {
  'a row removed': ({ asOwner }) => run(asOwner, sql`delete from events where seq = (select max(seq) from events)`),
  'a row changed': ({ asOwner }) =>
    run(
      asOwner,
      sql`update events set sealed = set_byte(sealed, 60, get_byte(sealed, 60) # 1)
        where seq = (select max(seq) from events)`,
    ),
  "a row with another's content": ({ asOwner }) =>
    run(
      asOwner,
      sql`update events set sealed = (select sealed from events order by seq limit 1)
        where seq = (select max(seq) from events)`,
    ),
  'a row replaced by one that this enclave once sealed and never counted': async ({ asOwner }, vault) => {
    const { key, sealed } = vault.seal(SESSION, fill(99))
    await run(
      asOwner,
      sql`update events set event_key = ${key}, sealed = ${sealed} where seq = (select max(seq) from events)`,
    )
  },
  'a row added that this enclave once sealed and never counted': ({ asOwner }, vault) => {
    const { key, sealed } = vault.seal(SESSION, fill(99))
    return run(asOwner, sql`insert into events (session_key, event_key, sealed) values (${SESSION}, ${key}, ${sealed})`)
  },
}

async function run(asOwner: TestDatabase['asOwner'], statement: RawBuilder<unknown>): Promise<void> {
  await asOwner(async (owner) => {
    await statement.execute(owner)
  })
}

forEachDatabase((name, open) => {
  test(`a venue whose clock is ahead of ours leaves nothing unexplained (${name})`, async (t) => {
    const { db } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    // The balances, taken by our clock, belong to both: the account is up to date.
    const ahead = fill(2, { at: (account.session.createdAt + 1_500) * 1000 })
    await account.collect(fill(1), ahead)
    const btc = async (): Promise<string | undefined> => {
      const { performance } = await figures.measure([account.session])
      return performance.completeness[0]?.assets.find(({ asset }) => asset === 'BTC')?.residual
    }
    assert.equal(await btc(), '0')
    // Here they do not: they are older than the second.
    await account.commit({ status: 'collecting' })
    assert.equal(await btc(), '0.5')
  })

  test(`after one new fill one event is opened, and the figures are those of everything (${name})`, async (t) => {
    const { db } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await account.collect(...numbers(20).map((n) => fill(n)))
    await figures.current(account.session)
    assert.equal(vault.opened, 20)
    await figures.current(account.session)
    assert.equal(vault.opened, 20)
    await account.collect(fill(21, { side: 'sell' }))
    const shown = await figures.current(account.session)
    assert.equal(vault.opened, 21)
    assert.equal(shown.performance.total.fills, 21)
    assert.equal(bytes(shown), bytes(await figures.measure([account.session])))
    assert.equal(vault.opened, 42)
  })

  test(`figures read bit by bit are those read whole, byte for byte (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const event = fc.record({
      n: fc.integer({ min: 1, max: 40 }),
      side: fc.constantFrom('buy', 'sell'),
      quantity: fc.constantFrom('0.5', '1.25', '0.00000001'),
      day: fc.integer({ min: 0, max: 3 }),
      deposit: fc.boolean(),
    })
    const chunks = fc.array(fc.array(event, { maxLength: 8 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(chunks, async (deliveries) => {
        await asOwner((owner) => owner.deleteFrom('sessions').execute())
        const vault = new CountingVault()
        const account = await collectedAccount(db, vault)
        const figures = aggregation(db, vault)
        for (const delivery of deliveries) {
          await account.collect(...delivery.map(eventOf))
          assert.equal(
            bytes(await figures.current(account.session)),
            bytes(await aggregation(db, vault).measure([account.session])),
          )
        }
        assert.ok(vault.opened > 0 || account.state.fills + account.state.flows === 0)
      }),
      { numRuns: 15 },
    )
  })

  test(`before the first complete look there are no figures (${name})`, async (t) => {
    const { db } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await assert.rejects(figures.current(account.session), refusal('collection_incomplete'))
    await assert.rejects(figures.measure([account.session]), refusal('collection_incomplete'))
  })

  for (const [what, tamper] of Object.entries(TAMPERING)) {
    test(`a certificate notices ${what}, however much is held in memory (${name})`, async (t) => {
      const database = await open(t)
      const { db } = database
      const vault = new CountingVault()
      const account = await collectedAccount(db, vault)
      const figures = aggregation(db, vault)
      await account.collect(...numbers(5).map((n) => fill(n)))
      const before = await figures.current(account.session)
      assert.equal(bytes(await figures.measure([account.session])), bytes(before))
      await tamper(database, vault)
      await assert.rejects(figures.measure([account.session]), refusal('storage_altered'))
      assert.equal(bytes(await figures.current(account.session)), bytes(before), 'what was verified is still shown')
      await assert.rejects(aggregation(db, vault).current(account.session), refusal('storage_altered'))
    })

    test(`news that came with ${what} is not shown (${name})`, async (t) => {
      const database = await open(t)
      const { db } = database
      const vault = new CountingVault()
      const account = await collectedAccount(db, vault)
      const figures = aggregation(db, vault)
      await account.collect(...numbers(5).map((n) => fill(n)))
      await figures.current(account.session)
      await account.collect(fill(6), fill(7))
      await tamper(database, vault)
      await assert.rejects(figures.current(account.session), refusal('storage_altered'))
    })
  }

  test(`a state put back to an older one is noticed (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await account.collect(fill(1))
    const older = await db.selectFrom('collections').select('sealed').executeTakeFirstOrThrow()
    await account.collect(fill(2))
    await figures.current(account.session)
    await run(asOwner, sql`update collections set sealed = ${older.sealed}`)
    await assert.rejects(figures.current(account.session), refusal('storage_altered'))
  })

  test(`a row that becomes visible behind later ones is read with everything else (${name})`, async (t) => {
    const { db, asOwner } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await account.collect(fill(1))
    const one = account.state
    await account.collect(fill(2))
    const [late] = await db.selectFrom('events').selectAll().orderBy('seq', 'desc').limit(1).execute()
    assert.ok(late)
    await asOwner((owner) => owner.deleteFrom('events').where('seq', '=', late.seq).execute())
    account.state = one
    await account.collect(fill(3))
    assert.equal((await figures.current(account.session)).performance.total.fills, 2)
    await run(
      asOwner,
      sql`insert into events (session_key, event_key, seq, sealed) overriding system value
        values (${late.session_key}, ${late.event_key}, ${late.seq}, ${late.sealed})`,
    )
    const { summand } = vault.open(late.session_key, late.event_key, late.sealed)
    await account.commit({ fills: 3, digest: sumOf(account.state.digest, summand) })
    const shown = await figures.current(account.session)
    assert.equal(shown.performance.total.fills, 3)
    assert.equal(bytes(shown), bytes(await figures.measure([account.session])))
  })

  test(`what is forgotten is read again (${name})`, async (t) => {
    const { db } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await account.collect(fill(1), fill(2))
    const forgetting = [() => figures.forget(account.session.key), () => figures.forgetAll()]
    await figures.current(account.session)
    for (const [round, forget] of forgetting.entries()) {
      forget()
      await figures.current(account.session)
      assert.equal(vault.opened, 4 + 2 * round)
    }
    figures.forget('cd'.repeat(32))
    await figures.current(account.session)
    assert.equal(vault.opened, 6, 'another session is not this one')
  })

  test(`a read that was under way when its session was revoked leaves nothing behind (${name})`, async (t) => {
    const { db } = await open(t)
    const vault = new CountingVault()
    const account = await collectedAccount(db, vault)
    const figures = aggregation(db, vault)
    await account.collect(fill(1), fill(2))
    const reading = figures.current(account.session)
    figures.forget(account.session.key)
    await reading
    await figures.current(account.session)
    assert.equal(vault.opened, 4)
  })
})

function eventOf(drawn: {
  n: number
  side: 'buy' | 'sell'
  quantity: string
  day: number
  deposit: boolean
}): AccountEvent {
  const { n, side, quantity, day, deposit } = drawn
  const at = 1_700_000_000_000_000 - day * 86_400_000_000 + n
  if (!deposit) return fill(n, { side, quantity, at, price: `${90 + n}.5` })
  const flow = {
    kind: 'flow',
    account: 'acct',
    venue: 'binance',
    id: String(n),
    flow: 'deposit',
    direction: 'in',
  } as const
  return { ...flow, at, asset: n % 2 === 0 ? 'USDT' : 'BTC', amount: quantity }
}

function sumOf(digest: string, summand: bigint): string {
  return ((BigInt(`0x${digest}`) + summand) % (1n << 256n)).toString(16).padStart(64, '0')
}
