import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EnclaveError } from '../../src/errors.ts'
import { makeDataDirectory } from '../../src/store/data-directory.ts'

test('the data directory is made for its owner, and a file in its way is a sentence', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'data-directory-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'deep', 'data')
  await makeDataDirectory(path)
  await makeDataDirectory(path)
  assert.equal((await stat(path)).mode & 0o777, 0o700)

  const file = join(folder, 'file')
  await writeFile(file, '')
  for (const taken of [file, join(file, 'below')]) {
    await assert.rejects(makeDataDirectory(taken), (error) => {
      assert.ok(error instanceof EnclaveError)
      assert.deepEqual([error.code, error.message], ['configuration', 'DATA_DIR: a file is in the way of the folder'])
      return true
    })
  }
})
