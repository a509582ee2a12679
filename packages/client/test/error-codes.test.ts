import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { LOCAL_CODES } from '../src/index.ts'

test("every code of the client's own is documented, and none that does not exist", async () => {
  const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith('Client\n')) ?? ''
  const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
  assert.deepEqual(new Set(documented), new Set(LOCAL_CODES))
})
