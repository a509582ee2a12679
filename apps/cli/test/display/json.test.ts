import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutControls } from '../../src/display/foreign.ts'
import { jsonText } from '../../src/display/json.ts'

test('what a program reads on standard output is what was meant, whatever characters it has', () => {
  const value = { file: 'a\u007fb\u0085c\u009bd\te\nf\u001bg.bin', list: ['é', '\u2028', '👨‍👩‍👧'] }
  for (const indent of [0, 2]) {
    assert.deepEqual(JSON.parse(withoutControls(jsonText(value, indent))), value)
  }
})
