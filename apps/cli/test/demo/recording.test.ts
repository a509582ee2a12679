import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { checkRecording } from '../../src/demo/recording.ts'
import { UsageError } from '../../src/settings/usage-error.ts'
import { temporaryFolder } from '../tool.ts'

const folder = temporaryFolder()
const ROWS = [10, 10, 11, 12, 12, 12].map((ms, id) => [ms, id, null, 'buy', '1', '2', '2'])

function recorded(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

test('trades, those that share a millisecond, and the fullest millisecond', () => {
  const expected = { trades: 6, sharing: 5, most: 3 }
  assert.deepEqual(checkRecording(recorded('a.json', JSON.stringify(ROWS))), expected)
  assert.deepEqual(checkRecording(recorded('a.json.gz', gzipSync(JSON.stringify(ROWS)))), expected)
  assert.deepEqual(checkRecording(recorded('none.json', '[]')), { trades: 0, sharing: 0, most: 0 })
})

for (const [name, content] of [
  ['half.json', JSON.stringify(ROWS).slice(0, -4)],
  ['plain.json.gz', JSON.stringify(ROWS)],
  ['object.json', '{"trades":[]}'],
  ['objects.json', '[{"ms":1}]'],
  ['nulls.json', '[null]'],
] as const) {
  test(`${name} is refused with the form that is wanted`, () => {
    assert.throws(
      () => checkRecording(recorded(name, content)),
      (error) => {
        assert.ok(error instanceof UsageError)
        assert.match(error.message, /--trades takes .*\[ms, id, null, side, price, amount, cost\] rows/)
        return true
      },
    )
  })
}

test('so is a file that is not there', () => {
  assert.throws(() => checkRecording(join(folder, 'missing.json')), UsageError)
})
