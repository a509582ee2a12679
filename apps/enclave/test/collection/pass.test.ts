import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PassTools, runPass } from '../../src/collection/pass.ts'
import { afterPage, type CollectionState, EMPTY_STATE } from '../../src/collection/state.ts'
import { EnclaveError } from '../../src/errors.ts'
import { FakeCollector, fill } from './fake-collector.ts'

const SESSION = { key: 'a'.repeat(64), venue: 'binance', account: 'acct', symbols: [] } as const

/** Commits in memory, counting every event it has not seen as new. */
function memory(collector: FakeCollector): PassTools & { readonly seen: Set<string> } {
  const seen = new Set<string>()
  return {
    collector,
    clock: { now: () => 1_700_000_100_000 },
    seen,
    commit: (state, page) => {
      if (page === null) return Promise.resolve(state)
      const fresh = page.events.filter((event) => event.kind === 'fill' && !seen.has(event.tradeId))
      for (const event of fresh) if (event.kind === 'fill') seen.add(event.tradeId)
      return Promise.resolve(
        afterPage(state, {
          stream: page.stream,
          cursor: page.cursor,
          more: page.more,
          gap: page.gap,
          newFills: fresh.length,
          newFlows: 0,
          duplicates: page.events.length - fresh.length,
          conflicts: 0,
          digest: state.digest,
          now: 1,
        }),
      )
    },
  }
}

test('gaps of one stream that touch are one gap, others are their own', () => {
  const instant = (hour: number): string => new Date(hour * 3_600_000).toISOString()
  let state = EMPTY_STATE
  for (const [stream, from, to] of [
    ['a', 0, 10],
    ['a', 9, 12],
    ['b', 11, 12],
    ['a', 12, 14],
    ['a', 20, 21],
    ['a', 13, 14],
  ] as const) {
    const gap = { from: instant(from), to: instant(to) }
    const nothing = { newFills: 0, newFlows: 0, duplicates: 0, conflicts: 0, digest: state.digest, now: 1 }
    state = afterPage(state, { stream, cursor: {}, more: false, gap, ...nothing })
  }
  assert.deepEqual(state.gaps, [
    { stream: 'a', from: instant(0), to: instant(14) },
    { stream: 'b', from: instant(11), to: instant(12) },
    { stream: 'a', from: instant(20), to: instant(21) },
  ])
})

test('a page that comes ends the failure before it, and makes nothing up to date', () => {
  const page = {
    stream: 'a',
    cursor: {},
    more: true,
    gap: undefined,
    newFills: 0,
    newFlows: 0,
    duplicates: 0,
    conflicts: 0,
    digest: EMPTY_STATE.digest,
    now: 1,
  }
  const failed = { ...EMPTY_STATE, status: 'venue_unavailable', lastError: 'venue_unavailable', failures: 3 } as const
  const { status, lastError, failures } = afterPage(failed, page)
  assert.deepEqual([status, lastError, failures], ['collecting', null, 3])
  assert.equal(afterPage({ ...EMPTY_STATE, status: 'up_to_date' }, page).status, 'up_to_date')
})

test('a pass reads every stream to its end and is then up to date', async () => {
  const collector = new FakeCollector({ a: [1, 2, 3, 4, 5, 6, 7].map((n) => fill(n)), b: [fill(10)] })
  const tools = memory(collector)
  const state = await runPass(SESSION, EMPTY_STATE, tools)
  assert.equal(state.status, 'up_to_date')
  assert.equal(state.fills, 8)
  assert.equal(tools.seen.size, 8)
  assert.deepEqual(state.balances?.balances, [{ asset: 'BTC', total: '1' }])
})

test('a fill between balances and the last look makes the balances be read again', async () => {
  const collector = new FakeCollector({ a: [fill(1)] })
  let reads = 0
  collector.before = (call) => {
    if (call !== 'balances') return
    reads += 1
    collector.balance = String(reads)
    if (reads === 1) collector.histories['a']?.push(fill(2))
  }
  const state = await runPass(SESSION, EMPTY_STATE, memory(collector))
  assert.equal(state.status, 'up_to_date')
  assert.equal(state.fills, 2)
  assert.equal(state.balances?.balances[0]?.total, '2', 'the balances read before the second fill are not used')
})

test('an account that never stops trading stays collecting', async () => {
  const collector = new FakeCollector({ a: [fill(1)] })
  let n = 1
  collector.before = (call) => {
    if (call === 'balances') collector.histories['a']?.push(fill((n += 1)))
  }
  const state = await runPass(SESSION, EMPTY_STATE, memory(collector))
  assert.equal(state.status, 'collecting')
  assert.equal(state.balances, null)
})

test('a quiet account costs one look at each stream and one at the balances', async () => {
  const collector = new FakeCollector({ a: [fill(1)], b: [] })
  const tools = memory(collector)
  const settled = await runPass(SESSION, EMPTY_STATE, tools)
  const calls: string[] = []
  collector.before = (call) => void calls.push(call)
  const state = await runPass(SESSION, settled, tools)
  assert.deepEqual(calls, ['streams', 'page a', 'page b', 'balances'])
  assert.equal(state.status, 'up_to_date')
})

test('balances that changed without an event are looked into before they are believed', async () => {
  const collector = new FakeCollector({ a: [fill(1)] })
  const tools = memory(collector)
  const settled = await runPass(SESSION, EMPTY_STATE, tools)
  collector.balance = '7'
  const calls: string[] = []
  collector.before = (call) => void calls.push(call)
  await runPass(SESSION, settled, tools)
  assert.deepEqual(calls, ['streams', 'page a', 'balances', 'page a'])
})

test('a stream that appears later is read from its beginning', async () => {
  const collector = new FakeCollector({ a: [fill(1)] })
  const tools = memory(collector)
  const settled = await runPass(SESSION, EMPTY_STATE, tools)
  collector.histories['late'] = [fill(20), fill(21)]
  const state = await runPass(SESSION, settled, tools)
  assert.equal(state.fills, 3)
})

test('what was committed before a failure stays', async () => {
  const collector = new FakeCollector({ a: [1, 2, 3, 4].map((n) => fill(n)), b: [] })
  const tools = memory(collector)
  let last: CollectionState = EMPTY_STATE
  const commit: PassTools['commit'] = async (state, page) => (last = await tools.commit(state, page))
  collector.before = (call) => {
    if (call === 'page b') throw new EnclaveError('venue_unavailable', 'gone')
  }
  await assert.rejects(runPass(SESSION, EMPTY_STATE, { ...tools, commit }), { code: 'venue_unavailable' })
  assert.equal(last.fills, 4)
  collector.before = () => {}
  assert.equal((await runPass(SESSION, last, tools)).fills, 4)
})
