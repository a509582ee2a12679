import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { MEASURED_ROOMS, measureRelease, OWN_ROOT } from '../../src/release/measure.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measure-'))
})
after(() => rm(folder, { recursive: true }))

let made = 0
/** A small house of its own, with two files below each `src/`. */
async function house(): Promise<{ root: string; node: string }> {
  const root = join(folder, String(made++))
  for (const room of MEASURED_ROOMS) {
    await put(root, `${room}/package.json`, `{"name":"${room}"}`)
    await put(root, `${room}/src/index.ts`, 'export {}\n')
    await put(root, `${room}/src/part/deep.ts`, `// ${room}\n`)
  }
  await put(root, 'package-lock.json', '{}')
  await put(root, 'bin/node', 'a binary')
  return { root, node: join(root, 'bin/node') }
}

async function put(root: string, path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), content)
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the digest is the one written out by hand from the decision record', async () => {
  const at = await house()
  const { digest, files } = await measureRelease(at)
  assert.equal(files.length, 5 * 3 + 2)
  const hash = createHash('sha256').update('perf-aggregator/release/v1\n')
  const names = files.map(({ path }) => path)
  assert.deepEqual(names, names.toSorted())
  assert.equal(names.at(-1), 'runtime:node')
  for (const { path, sha256 } of files) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(path))
    hash.update(length).update(path).update(sha256)
  }
  assert.equal(hex(digest), hash.digest('hex'))
})

test('the same content somewhere else has the same digest', async () => {
  const at = await house()
  const copy = join(folder, 'copy')
  await cp(at.root, copy, { recursive: true })
  assert.deepEqual(await measureRelease({ root: copy, node: join(copy, 'bin/node') }), await measureRelease(at))
})

const CHANGES: Readonly<Record<string, (root: string) => Promise<void>>> = {
  'one byte of a source': (root) => put(root, 'packages/performance/src/index.ts', 'export { }\n'),
  'one byte of a deep source': (root) => put(root, 'apps/enclave/src/part/deep.ts', '// apps/enclavf\n'),
  'one byte of a package.json': (root) => put(root, 'packages/contracts/package.json', '{"name":"x"}'),
  'the lockfile': (root) => put(root, 'package-lock.json', '{ }'),
  'the Node binary': (root) => put(root, 'bin/node', 'b binary'),
  'a file more': (root) => put(root, 'packages/protocol/src/more.ts', ''),
  'a file less': (root) => rm(join(root, 'packages/attestation/src/part/deep.ts')),
  'the name of a file': (root) =>
    rename(join(root, 'packages/attestation/src/index.ts'), join(root, 'packages/attestation/src/Index.ts')),
  'a file moved to another folder': (root) =>
    rename(join(root, 'packages/attestation/src/part/deep.ts'), join(root, 'packages/attestation/src/deep.ts')),
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`changes with ${what}`, async () => {
    const at = await house()
    const before = await measureRelease(at)
    await change(at.root)
    assert.notEqual(hex((await measureRelease(at)).digest), hex(before.digest))
  })
}

test('does not change with what lies outside the set', async () => {
  const at = await house()
  const before = await measureRelease(at)
  await put(at.root, 'packages/client/src/index.ts', 'export {}')
  await put(at.root, 'apps/enclave/test/index.test.ts', '')
  await put(at.root, 'README.md', '')
  assert.deepEqual(await measureRelease(at), before)
})

test('a symbolic link in the set, or a part that is missing, stops the measurement', async () => {
  const linked = await house()
  await symlink('/etc/hostname', join(linked.root, 'apps/enclave/src/link.ts'))
  await assert.rejects(measureRelease(linked), { code: 'configuration' })

  const without = await house()
  await rm(join(without.root, 'package-lock.json'))
  await assert.rejects(measureRelease(without), { code: 'configuration' })

  const bare = await house()
  await rm(join(bare.root, 'packages/protocol/src'), { recursive: true })
  await assert.rejects(measureRelease(bare), { code: 'configuration' })
})

test('measures this very file set, the running Node included', async () => {
  const { digest, files } = await measureRelease({ root: OWN_ROOT, node: process.execPath })
  assert.equal(digest.length, 32)
  const names = files.map(({ path }) => path)
  for (const path of ['apps/enclave/src/release/measure.ts', 'package-lock.json', 'runtime:node'])
    assert.ok(names.includes(path))
})
