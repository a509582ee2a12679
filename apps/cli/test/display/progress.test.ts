import assert from 'node:assert/strict'
import { test } from 'node:test'
import { collectingLine, progress, progressLine } from '../../src/display/progress.ts'

test('a bar is as full as the work, whatever fraction it is told', () => {
  assert.equal(progressLine('reading', 0.5, 'half'), `reading  ${'█'.repeat(12)}${'░'.repeat(12)}  half`)
  assert.equal(progressLine('reading', 7, 'more'), `reading  ${'█'.repeat(24)}  more`)
  assert.equal(progressLine('reading', -1, 'less'), `reading  ${'░'.repeat(24)}  less`)
  assert.equal(progressLine('reading', null, 'who knows'), 'reading  who knows')
})

test('accounts are counted together', () => {
  const collection = {
    state: 'collecting',
    fills: 1_000,
    flows: 0,
    duplicates: 0,
    conflicts: 0,
    pages: 4,
    streams: { total: 4, caught_up: 1 },
    gaps: [],
    last_poll_at: null,
    last_error: null,
  } as const
  assert.match(collectingLine([{ collection }, { collection }]), /2,000 fills, 2 of 8 histories$/)
  const unknown = { ...collection, streams: { total: 0, caught_up: 0 } }
  assert.equal(collectingLine([{ collection: unknown }]), 'collecting  1,000 fills, 0 of 0 histories')
})

test('what was drawn is cleared', () => {
  const drawn: string[] = []
  const line = progress({ redraw: (text) => void drawn.push(text) })
  line.show('one')
  line.show('two')
  line.clear()
  assert.deepEqual(drawn, ['one', 'two', ''])
})
