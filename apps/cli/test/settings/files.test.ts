import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readInput } from '../../src/settings/files.ts'
import { UsageError } from '../../src/settings/usage-error.ts'
import { temporaryFolder } from '../tool.ts'

const folder = temporaryFolder()

test('a file is read whole, also beyond one chunk', () => {
  const path = join(folder, 'whole')
  const bytes = randomBytes(1_048_577)
  writeFileSync(path, bytes)
  assert.ok(bytes.equals(readInput(path)))
})

test('of a file without an end, or longer than any reader takes, the beginning is read', () => {
  const long = join(folder, 'long')
  writeFileSync(long, 'x')
  truncateSync(long, 3_000_000_000)
  for (const path of [long, '/dev/zero']) {
    const { length } = readInput(path)
    assert.ok(length > 67_108_864 && length < 70_000_000, path)
  }
})

test('a folder and a file that is not there are said in a sentence', () => {
  assert.throws(() => readInput(folder), new UsageError(`${folder} cannot be read: it is a folder`))
  const missing = join(folder, 'missing')
  assert.throws(() => readInput(missing), new UsageError(`${missing} cannot be read: no such file or folder`))
})
