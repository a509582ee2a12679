import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../src/observability/metrics.ts'
import { RecentDurations } from '../../src/observability/recent-durations.ts'

test('the percentile is the nearest rank of the last durations', () => {
  const recent = new RecentDurations(100)
  assert.ok(Number.isNaN(recent.percentile(0.99)))
  for (let value = 1; value <= 100; value++) recent.add(value)
  assert.equal(recent.percentile(0.99), 99)
  assert.equal(recent.percentile(1), 100)
  for (let value = 0; value < 100; value++) recent.add(0.5)
  assert.equal(recent.percentile(0.99), 0.5, 'the old ones are forgotten')
})

test('cryptographic operations are timed, their failures counted and passed on', async () => {
  let now = 0
  const metrics = createMetrics(() => (now += 0.002))
  assert.equal(
    metrics.crypto('decrypt', () => 7),
    7,
  )
  assert.throws(
    () =>
      metrics.crypto('decrypt', () => {
        throw new Error('tag')
      }),
    /tag/,
  )
  const { text } = await metrics.exposition()
  assert.match(text, /^crypto_operation_duration_seconds_count\{operation="decrypt"\} 2$/m)
  assert.match(text, /^crypto_errors_total\{operation="decrypt"\} 1$/m)
  assert.match(text, /^p99_latency 0\.002/m)
})

test('calls into the TEE are counted under both names, with their outcome', async () => {
  const metrics = createMetrics()
  await metrics.tee('quote', async () => 1)
  await assert.rejects(
    metrics.tee('quote', () => Promise.reject(new Error('no TEE'))),
    /no TEE/,
  )
  const { text } = await metrics.exposition()
  for (const name of ['tee_operations_total', 'tee_operations_count']) {
    assert.match(text, new RegExp(`^${name}\\{operation="quote",outcome="ok"\\} 1$`, 'm'))
    assert.match(text, new RegExp(`^${name}\\{operation="quote",outcome="error"\\} 1$`, 'm'))
  }
})

test('gauges are read at the scrape; one that cannot be read is NaN and the rest is there', async () => {
  const metrics = createMetrics()
  metrics.sources({
    activeSessions: async () => 3,
    sessionsByState: async () => ({ collecting: 1, up_to_date: 2, venue_unavailable: 0, key_refused: 0 }),
    logSize: () => Promise.reject(new Error('storage')),
  })
  metrics.ttlCleanup(2)
  metrics.collectionPoll('kraken', 'ok')
  metrics.collectedEvents('kraken', 50, 1)
  metrics.logAppended(4)
  const { text } = await metrics.exposition()
  for (const line of [
    'active_sessions 3',
    'collection_sessions{state="up_to_date"} 2',
    'log_size Nan',
    'ttl_cleanups_total 2',
    'collection_polls_total{venue="kraken",outcome="ok"} 1',
    'collection_events_total{venue="kraken",kind="fill"} 50',
    'log_entries_total 4',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} in ${text}`)
  }
})

test('two registries do not share a count', async () => {
  createMetrics().ttlCleanup(5)
  assert.match((await createMetrics().exposition()).text, /^ttl_cleanups_total 0$/m)
})

test('however many scrape, a source is read once a second and never twice at a time', async () => {
  let now = 0
  let reads = 0
  let answer = (_sessions: number): void => {}
  const metrics = createMetrics(() => now)
  metrics.sources({
    activeSessions: async () => {
      reads += 1
      if (reads === 3) throw new Error('storage')
      return await new Promise<number>((resolve) => {
        answer = resolve
      })
    },
  })
  const shown = async (): Promise<string | undefined> =>
    /^active_sessions (.*)$/m.exec((await metrics.exposition()).text)?.[1]
  const flood = Array.from({ length: 50 }, shown)
  now = 5
  flood.push(shown())
  answer(7)
  assert.deepEqual(new Set(await Promise.all(flood)), new Set(['7']))
  now = 5.9
  assert.equal(await shown(), '7')
  assert.equal(reads, 1)
  now = 6
  const later = shown()
  answer(8)
  assert.equal(await later, '8')
  now = 7
  assert.deepEqual([await shown(), await shown(), reads], ['Nan', 'Nan', 3])
})
