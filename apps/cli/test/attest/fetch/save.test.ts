/** The folder as somebody leaves it who may write there and wishes the fetcher ill. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { atHand, replace } from '../../../src/attest/fetch/save.ts'
import { UsageError } from '../../../src/settings/usage-error.ts'
import { temporaryFolder } from '../../tool.ts'

const root = temporaryFolder()
const made = (): string => mkdtempSync(join(root, 'folder-'))
const BYTES = Uint8Array.of(1, 2, 3)
const MOST = 1_048_576

test('a link where the temporary file was once expected is not written through', () => {
  const folder = made()
  const victim = join(root, 'victim')
  writeFileSync(victim, 'before')
  symlinkSync(victim, join(folder, `.crl.der.${process.pid}`))
  replace(folder, 'crl.der', BYTES)
  assert.equal(readFileSync(victim, 'latin1'), 'before')
  assert.ok(lstatSync(join(folder, 'crl.der')).isFile())
  assert.deepEqual(atHand(folder, 'crl.der'), BYTES)
})

test('a link in the place of the file is replaced, not followed', () => {
  const folder = made()
  const victim = join(root, 'other victim')
  writeFileSync(victim, 'before')
  symlinkSync(victim, join(folder, 'crl.der'))
  assert.equal(atHand(folder, 'crl.der'), null)
  replace(folder, 'crl.der', BYTES)
  assert.equal(readFileSync(victim, 'latin1'), 'before')
  assert.deepEqual(atHand(folder, 'crl.der'), BYTES)
})

test('a pipe, a folder and nothing are no file, and nobody waits for them', () => {
  const folder = made()
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')])
  mkdirSync(join(folder, 'inner'))
  for (const name of ['pipe', 'inner', 'none']) assert.equal(atHand(folder, name), null, name)
})

test('a file is read up to what an answer may have', () => {
  const folder = made()
  for (const size of [0, 1, MOST]) {
    writeFileSync(join(folder, 'file'), new Uint8Array(size))
    assert.equal(atHand(folder, 'file')?.length, size)
  }
  writeFileSync(join(folder, 'file'), new Uint8Array(MOST + 1))
  assert.equal(atHand(folder, 'file')?.length, undefined)
})

test('what cannot be put in its place leaves nothing behind', () => {
  const folder = made()
  mkdirSync(join(folder, 'crl.der'))
  assert.throws(() => replace(folder, 'crl.der', BYTES), UsageError)
  assert.deepEqual(readdirSync(folder), ['crl.der'])
})
