import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { EXAMPLE_FILE, workedExample } from './worked-example.ts'

test('the worked example of the protocol is what this code computes', async () => {
  assert.deepEqual(JSON.parse(readFileSync(EXAMPLE_FILE, 'utf8')), await workedExample())
})
