import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { Tenants } from '../../../../src/collector/tenants.ts'
import type { Connection } from '../../../../src/collector/venues/connection.ts'
import { KrakenClient } from '../../../../src/collector/venues/kraken/client.ts'
import type { Page } from '../../../../src/ports/venue.ts'

const END = 1_700_000_000
const deposit = (n: number): object => ({
  type: 'deposit',
  asset: 'ZEUR',
  amount: String(n),
  fee: '0',
  time: String(END - n),
})

/** FAKE venue: shows `shown` entries at once, and says there are `count`. */
async function ledgerOf(shown: number, count: number): Promise<Page> {
  const entries = Object.fromEntries(Array.from({ length: shown }, (_, n) => [`L${n}`, deposit(n + 1)]))
  const connection = {
    ready: () => Promise.resolve(),
    now: () => END * 1000,
    private: (_endpoint: string, { ofs }: { readonly ofs: number }) =>
      Promise.resolve({ error: [], result: { ledger: ofs === 0 ? entries : {}, count: String(count) } }),
  } as unknown as Connection
  const tenants = new Tenants()
  tenants.hold('s', 'kraken', Buffer.from('key'), createSecretKey(Buffer.alloc(32)))
  const client = new KrakenClient(connection, tenants)
  return await tenants.run('s', async () => {
    let page = await client.page('acc', 'ledger', null)
    while (page.more) page = await client.page('acc', 'ledger', page.cursor)
    return page
  })
}

test('a history that is shorter than the venue counts it has a gap', async () => {
  const { more, gap } = await ledgerOf(3, 4)
  assert.equal(more, false)
  assert.deepEqual(gap, { from: '1970-01-01T00:00:00.000Z', to: new Date((END + 2) * 1000).toISOString() })
})

test('one that is as long as the venue counts it has none', async () => {
  assert.equal((await ledgerOf(3, 3)).gap, undefined)
})

test('what was booked this moment is looked at, although the venue tells its time in whole seconds', async () => {
  const booked = END + 1.5
  const ends: number[] = []
  const connection = {
    ready: () => Promise.resolve(),
    // Asked at the last moment of a second, the venue said that second: its time seems to be almost one behind.
    now: () => (booked - 0.99) * 1000,
    private: (_endpoint: string, { end }: { readonly end: number }) => {
      ends.push(end)
      return Promise.resolve({ error: [], result: { ledger: {}, count: '0' } })
    },
  } as unknown as Connection
  const tenants = new Tenants()
  tenants.hold('s', 'kraken', Buffer.from('key'), createSecretKey(Buffer.alloc(32)))
  const client = new KrakenClient(connection, tenants)
  await tenants.run('s', async () => await client.page('acc', 'ledger', null))
  assert.ok((ends[0] ?? 0) >= booked, String(ends))
})
