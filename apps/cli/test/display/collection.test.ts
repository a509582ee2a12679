import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SummaryResponse } from '@perf-aggregator/contracts'
import { samplePerformance } from '@perf-aggregator/testkit'
import { metricsLines, summaryLines } from '../../src/display/collection.ts'
import { widthOf } from '../../src/display/columns.ts'

const COLLECTION: SummaryResponse['collection'] = {
  state: 'collecting',
  fills: 12_345,
  flows: 3,
  duplicates: 0,
  conflicts: 0,
  pages: 26,
  streams: { total: 12, caught_up: 5 },
  gaps: [],
  last_poll_at: null,
  last_error: null,
}

const SUMMARY: SummaryResponse = {
  exchange: 'binance',
  label: 'main',
  account: 'xiO1-JRpJLR5mOY-KFPveQ',
  expires_at: '2026-11-21T20:11:47.914Z',
  collection: COLLECTION,
  period: null,
  headline: null,
}

for (const [state, sentence] of [
  ['collecting', /^figures +not yet: the history is still being read; ask again/m],
  ['up_to_date', /^figures +not yet: they are being measured/m],
  ['venue_unavailable', /^figures +not yet: the venue does not answer/m],
  ['key_refused', /^figures +none: the venue refuses the key; register again/m],
] as const) {
  test(`without figures, ${state} says why and what to do`, () => {
    const collection = { ...COLLECTION, state }
    const summary = summaryLines({ ...SUMMARY, collection }, 100)
    const metrics = metricsLines({ collection, performance: null, days: [] }, 100)
    for (const lines of [summary, metrics]) {
      const text = lines.join('\n')
      assert.match(text, sentence)
      assert.match(text, new RegExp(`^collection +${state.replaceAll('_', ' ')}$`, 'm'))
      assert.match(text, /^collected +12,345 fills and 3 flows in 26 pages, 5 of 12 histories read to their end$/m)
      for (const line of lines) assert.ok(widthOf(line) <= 100, line)
    }
  })
}

test('gaps and the last error are not kept quiet', () => {
  const gap = { stream: 'fills', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
  const collection = { ...COLLECTION, gaps: [gap, gap], last_error: 'venue_unavailable' }
  const text = summaryLines({ ...SUMMARY, collection }, 100).join('\n')
  assert.match(text, /^gaps +2 \(history the venue will not show\)$/m)
  assert.match(text, /^last error +venue_unavailable$/m)
})

test('figures without two days to draw come without a curve, and without a gap where it would be', () => {
  const collection = { ...COLLECTION, state: 'up_to_date' } as const
  const [first = ''] = metricsLines({ collection, performance: samplePerformance(), days: [] }, 100)
  assert.match(first, /^period +2026-01-01 to 2026-06-29 \(180 days\)$/)
})
