import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { LOCAL_CODES } from '../src/index.ts'

test('every code a step of a certificate fails with has its way out', async () => {
  const [protocol, errors] = await Promise.all(
    ['protocol.md', 'errors.md'].map((name) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')),
  )
  const steps = protocol?.split(/^## /m).find((part) => part.startsWith('7. ')) ?? ''
  // Step, what must hold, needs, codes.
  const rows = steps.split('\n').filter((line) => /^\| `.*\|.*\|.*\|.*\|$/.test(line))
  const codes = rows.flatMap((row) =>
    [...(row.split('|')[4] ?? '').matchAll(/`([a-z_0-9]+)`/g)].map((match) => match[1]),
  )
  assert.ok(codes.length > 30)
  const actions = [...(errors ?? '').matchAll(/^\| `(\w+)` \|.*\| \S[^|]* \|$/gm)].map((match) => match[1])
  assert.deepEqual(
    codes.filter((code) => !actions.includes(code)),
    [],
  )
})

test("every code of the client's own is documented, and none that does not exist", async () => {
  const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith('Client\n')) ?? ''
  const documented = [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
  assert.deepEqual(new Set(documented), new Set(LOCAL_CODES))
})
