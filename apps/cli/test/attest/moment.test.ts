import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentOf } from '../../src/attest/moment.ts'
import { UsageError } from '../../src/settings/usage-error.ts'

const AT = 1_785_432_688

const TAKEN: readonly string[] = [
  '1785432688',
  '1785432688.75',
  '2026-07-30T17:31:28Z',
  '2026-07-30T17:31:28.750Z',
  '2026-07-30T17:31:28',
  '2026-07-30 17:31:28Z',
  '2026-07-30 17:31:28 UTC',
  '2026-07-30t17:31:28z',
  '2026-07-30T19:31:28+02:00',
  '2026-07-30T19:31:28+0200',
  '2026-07-30T12:01:28-05:30',
]

for (const text of TAKEN) test(`--at ${text}`, () => assert.equal(momentOf(text, 0), AT))

test('to the minute, to the day, of the document, and now', () => {
  assert.equal(momentOf('2026-07-30T17:31Z', 0), AT - 28)
  assert.equal(momentOf('2024-02-29', 0), 1_709_164_800)
  assert.equal(momentOf('document', 0), 'document')
  assert.equal(momentOf(undefined, 7), 7)
})

const REFUSED = ['', 'yesterday', '-1', '1785432688000', '2026-02-29', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z']
for (const text of [
  ...REFUSED,
  '2026-07-30T24:01:00Z',
  '2026-07-30T17:61:00Z',
  '1960-01-01',
  '2026-07-30T17Z',
  '1e9',
]) {
  test(`--at ${text} is refused`, () => assert.throws(() => momentOf(text, 0), UsageError))
}
