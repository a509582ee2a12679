import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileHeadWitness } from '../../src/log/head-file.ts'
import { refused } from './refused.ts'

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'head-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('what was written last is read, by another process too', async (t) => {
  const path = join(await folder(t), 'head')
  const witness = fileHeadWitness(path)
  assert.equal(await witness.read(), null)
  await witness.write('first — note\n')
  await witness.write('second\n')
  assert.equal(await fileHeadWitness(path).read(), 'second\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('a half-written file of a killed process does not count', async (t) => {
  const path = join(await folder(t), 'head')
  const witness = fileHeadWitness(path)
  await witness.write('whole\n')
  await writeFile(`${path}.killed.new`, 'ha')
  assert.equal(await witness.read(), 'whole\n')
  await witness.write('next\n')
  assert.equal(await readFile(path, 'utf8'), 'next\n')
  assert.deepEqual((await readdir(join(path, '..'))).toSorted(), ['head', 'head.killed.new'])
})

test('processes that share the file never see half of what another writes', async (t) => {
  const path = join(await folder(t), 'head')
  const notes = ['short\n', `${'long '.repeat(2_000)}\n`]
  await fileHeadWitness(path).write(notes[0] ?? '')
  await Promise.all(
    notes.map(async (note) => {
      const witness = fileHeadWitness(path)
      for (let n = 0; n < 50; n += 1) {
        await witness.write(note)
        assert.ok(notes.includes((await witness.read()) ?? ''))
      }
    }),
  )
  assert.deepEqual(await readdir(join(path, '..')), ['head'])
})

test('a file that cannot be read or written is not taken for an absent one', async (t) => {
  const path = join(await folder(t), 'head')
  await mkdir(path)
  const witness = fileHeadWitness(path)
  await assert.rejects(witness.read(), refused('storage_unavailable'))
  await assert.rejects(witness.write('note\n'), refused('storage_unavailable'))
  await assert.rejects(fileHeadWitness(join(path, 'no', 'folder')).write('note\n'), refused('storage_unavailable'))
})
