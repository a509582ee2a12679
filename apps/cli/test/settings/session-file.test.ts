import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateClientKey, type SessionExport } from '@perf-aggregator/client'
import {
  keepEarlier,
  openSession,
  prepareSessionFile,
  sessionPath,
  writeSession,
} from '../../src/settings/session-file.ts'
import { UsageError } from '../../src/settings/usage-error.ts'
import { temporaryFolder } from '../tool.ts'

const SESSION: SessionExport = {
  version: 1,
  enclaveUrl: 'http://127.0.0.1:1',
  sessionId: 'A'.repeat(43),
  clientKey: await (await generateClientKey({ extractable: true })).exportPrivate(),
}
const TRUST = { allowSimulator: true }

const mode = (path: string): number => statSync(path).mode & 0o777

test('a session goes in and comes out, in a file and a folder of its owner', async () => {
  const path = join(temporaryFolder(), 'deep', 'main.session.json')
  prepareSessionFile(path)
  writeSession(path, SESSION)
  assert.equal(mode(path), 0o600)
  assert.equal(mode(join(path, '..')), 0o700)
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), SESSION)
  assert.equal((await openSession(path, TRUST)).sessionId, SESSION.sessionId)
})

test('a file that others could read is replaced, not written over', () => {
  const path = join(temporaryFolder(), 'main.session.json')
  writeFileSync(path, 'before')
  chmodSync(path, 0o644)
  const before = statSync(path).ino
  writeSession(path, SESSION)
  assert.equal(mode(path), 0o600)
  assert.notEqual(statSync(path).ino, before)
})

test('an earlier session is kept beside, each in a file of its own', () => {
  const path = join(temporaryFolder(), 'main.session.json')
  assert.equal(keepEarlier(path), null)
  for (const [at, earlier] of ['first', 'second'].entries()) {
    writeFileSync(path, earlier, { mode: 0o600 })
    assert.equal(keepEarlier(path), `${path}.${at + 1}`)
    assert.equal(readFileSync(`${path}.${at + 1}`, 'utf8'), earlier)
    assert.equal(mode(`${path}.${at + 1}`), 0o600)
  }
  writeFileSync(path, '')
  assert.equal(keepEarlier(path), null)
})

test('a session is refused before there is one where its file may be written, and its folder lets nothing be put there', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'main.session.json')
  writeFileSync(path, 'before')
  chmodSync(path, 0o666)
  chmodSync(folder, 0o555)
  // Whoever may do anything is refused nothing: there, somebody else asks.
  const asking = `
    const { prepareSessionFile } = await import('${new URL('../../src/settings/session-file.ts', import.meta.url).href}')
    if (process.getuid() === 0) process.setuid(65534)
    try {
      prepareSessionFile(process.argv[1])
    } catch (error) {
      console.log(error.name, error.message)
    }`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', asking, path], {
    encoding: 'utf8',
  })
  chmodSync(folder, 0o755)
  assert.equal(stderr, '')
  assert.equal(stdout, `UsageError ${path} cannot be written: permission denied\n`)
})

test('a session that could not be kept is refused before there is one', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'taken'))
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => prepareSessionFile(join(folder, 'taken')), UsageError)
  assert.throws(() => prepareSessionFile(join(folder, 'file', 'main.session.json')), UsageError)
})

test('a write that fails leaves nothing behind', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'taken', 'by a folder'), { recursive: true })
  assert.throws(() => writeSession(join(folder, 'taken'), SESSION), UsageError)
  assert.deepEqual(readdirSync(folder), ['taken'])
})

test('no two labels share a file, and none leaves its folder', () => {
  const labels = ['main', 'Main', 'a b', 'a_b', 'a%20b', '..', '../x', 'a.b']
  const paths = labels.map(sessionPath)
  assert.equal(new Set(paths).size, labels.length)
  assert.equal(new Set(paths.map((path) => join(path, '..'))).size, 1)
})

for (const [name, content] of [
  ['not JSON', '{'],
  ['nothing', ''],
  ['null', 'null'],
  ['another version', JSON.stringify({ ...SESSION, version: 2 })],
  ['no id', JSON.stringify({ ...SESSION, sessionId: 'short' })],
  ['no address', JSON.stringify({ ...SESSION, enclaveUrl: 'nowhere' })],
  ['no key', JSON.stringify({ ...SESSION, clientKey: null })],
  ['half a key', JSON.stringify({ ...SESSION, clientKey: { ...SESSION.clientKey, x: 'AAAA' } })],
] as const) {
  test(`a session file that holds ${name} is refused with the way out`, async () => {
    const path = join(temporaryFolder(), 'main.session.json')
    writeFileSync(path, content)
    await assert.rejects(openSession(path, TRUST), (error) => {
      assert.ok(error instanceof UsageError, String(error))
      assert.match(error.message, /is not a session file: register again/)
      assert.ok(!error.message.includes(SESSION.clientKey.d))
      return true
    })
  })
}

test('where there is none, register is named', async () => {
  await assert.rejects(openSession(join(temporaryFolder(), 'none'), TRUST), /no session in .*: register first/)
})
