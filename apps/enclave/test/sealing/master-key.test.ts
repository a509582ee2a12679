import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { EnclaveErrorCode } from '../../src/errors.ts'
import { EnclaveError } from '../../src/errors.ts'
import type { RootOfTrust } from '../../src/ports/root-of-trust.ts'
import { BRANCHES, openMasterKey } from '../../src/sealing/master-key.ts'
import { random } from '../random.ts'

const FILE = 'tee_master_key.bin'

/** A root of trust that is a fake: it masks with one fixed pad, and keeps every secret it was handed to check that it was wiped. */
function fakeRootOfTrust(name = 'fake'): RootOfTrust & { readonly seen: Uint8Array[] } {
  const pad = Buffer.alloc(32, 0xa7)
  const seen: Uint8Array[] = []
  const mask = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
    new Uint8Array(bytes).map((byte, index) => byte ^ (pad[index % 32] ?? 0))
  return {
    name,
    seen,
    seal: (secret) => {
      seen.push(secret)
      return Promise.resolve(mask(secret))
    },
    unseal: (blob) => {
      const secret = mask(blob)
      seen.push(secret)
      return Promise.resolve(secret)
    },
  }
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'master-key-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

function refusal(code: EnclaveErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof EnclaveError && error.code === code
}

test('made once, private to its owner, the same branches after every start', async (t) => {
  const directory = await folder(t)
  const first = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  const again = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  assert.equal(first.created, true)
  assert.equal(again.created, false)
  assert.equal(first.fingerprint, again.fingerprint)
  assert.equal((await stat(join(directory, FILE))).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(directory), [FILE])
  const secrets = BRANCHES.map((name) => first.branch(name).export().toString('hex'))
  assert.equal(new Set(secrets).size, BRANCHES.length)
  assert.deepEqual(
    BRANCHES.map((name) => again.branch(name).export().toString('hex')),
    secrets,
  )
})

test('the raw key is wiped wherever it was', async (t) => {
  const root = fakeRootOfTrust()
  await openMasterKey(await folder(t), root, random, BRANCHES)
  assert.equal(root.seen.length, 2)
  for (const secret of root.seen) assert.ok(secret.every((byte) => byte === 0))
})

test('two processes that start at once end with one key', async (t) => {
  const directory = await folder(t)
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)),
  )
  assert.equal(new Set(opened.map((key) => key.fingerprint)).size, 1)
  assert.equal(opened.filter((key) => key.created).length, 1)
  assert.deepEqual(await readdir(directory), [FILE])
})

test('a leftover of a crash between writing and naming is neither used nor kept', async (t) => {
  const directory = await folder(t)
  await writeFile(join(directory, `${FILE}.00.new`), 'half a fi')
  const made = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  assert.equal(made.created, true)
  assert.deepEqual(await readdir(directory), [FILE])
})

test('a file that is not ours, of another root, or altered is refused and left alone', async (t) => {
  const directory = await folder(t)
  await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  const path = join(directory, FILE)
  const good = await readFile(path)
  const cases: [string, Buffer, RootOfTrust, EnclaveErrorCode][] = [
    ['other magic', Buffer.concat([Buffer.from('x'), good]), fakeRootOfTrust(), 'unseal_failed'],
    ['empty', Buffer.alloc(0), fakeRootOfTrust(), 'unseal_failed'],
    ['no root named', good.subarray(0, 30), fakeRootOfTrust(), 'root_of_trust'],
    ['shorter key', good.subarray(0, good.length - 1), fakeRootOfTrust(), 'unseal_failed'],
    ['other root', good, fakeRootOfTrust('other'), 'root_of_trust'],
    ['root refuses', good, { ...fakeRootOfTrust(), unseal: () => Promise.reject(new Error('no')) }, 'root_of_trust'],
  ]
  for (const [name, bytes, root, code] of cases) {
    await writeFile(path, bytes)
    await assert.rejects(openMasterKey(directory, root, random, BRANCHES), refusal(code), name)
    assert.deepEqual(await readFile(path), bytes, name)
  }
})

test('where the file is gone, the copy that was kept becomes the file again', async (t) => {
  const directory = await folder(t)
  const made = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  const file = await readFile(join(directory, FILE))
  assert.deepEqual(Buffer.from(made.sealed), file)
  await rm(join(directory, FILE))
  const again = await Promise.all(
    Array.from({ length: 8 }, () => openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES, made.sealed)),
  )
  for (const { fingerprint, created } of again) {
    assert.deepEqual([fingerprint, created], [made.fingerprint, false])
  }
  assert.deepEqual(await readFile(join(directory, FILE)), file)
  assert.deepEqual(await readdir(directory), [FILE])
  const withoutCopy = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  assert.deepEqual(Buffer.from(withoutCopy.sealed), file)
})

test('a file that is there is used, whatever copy is held out', async (t) => {
  const [directory, other] = [await folder(t), await folder(t)]
  const mine = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  const { sealed } = await openMasterKey(other, fakeRootOfTrust(), random, BRANCHES)
  const opened = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES, sealed)
  assert.equal(opened.fingerprint, mine.fingerprint)
  assert.deepEqual(await readFile(join(directory, FILE)), Buffer.from(mine.sealed))
})

test('a copy that does not open is refused, and neither stored nor replaced by a new key', async (t) => {
  const { sealed } = await openMasterKey(await folder(t), fakeRootOfTrust(), random, BRANCHES)
  const good = Buffer.from(sealed)
  const refuses = { ...fakeRootOfTrust(), unseal: () => Promise.reject(new Error('no')) }
  const cases: [string, Buffer, RootOfTrust, EnclaveErrorCode][] = [
    ['other magic', Buffer.concat([Buffer.from('x'), good]), fakeRootOfTrust(), 'unseal_failed'],
    ['shorter key', good.subarray(0, good.length - 1), fakeRootOfTrust(), 'unseal_failed'],
    ['other root', good, fakeRootOfTrust('other'), 'root_of_trust'],
    ['root refuses', good, refuses, 'root_of_trust'],
  ]
  for (const [name, kept, root, code] of cases) {
    const directory = await folder(t)
    await assert.rejects(openMasterKey(directory, root, random, BRANCHES, kept), refusal(code), name)
    assert.deepEqual(await readdir(directory), [], name)
  }
})

test('a root of trust that does not seal leaves nothing behind', async (t) => {
  const directory = await folder(t)
  const root = { ...fakeRootOfTrust(), seal: () => Promise.reject(new Error('no')) }
  await assert.rejects(openMasterKey(directory, root, random, BRANCHES), refusal('root_of_trust'))
  assert.deepEqual(await readdir(directory), [])
})

test('the sealed file holds nothing of the branches', async (t) => {
  const directory = await folder(t)
  const masterKey = await openMasterKey(directory, fakeRootOfTrust(), random, BRANCHES)
  const file = await readFile(join(directory, FILE))
  for (const name of BRANCHES) assert.equal(file.indexOf(masterKey.branch(name).export()), -1)
})
