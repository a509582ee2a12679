/** The seams themselves, on this machine: ordinary files, an ordinary ioctl, and a pipe that answers with what it is asked. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deviceBuffer } from '../../src/tee/ioctl.ts'
import { systemMachine } from '../../src/tee/machine.ts'
import { ERRNO } from './fake-kernel.ts'

const { files, openDevice, openMessageDevice, pause } = systemMachine

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'machine-'))
})
after(() => rm(directory, { recursive: true }))

test('files are read whole, written in one go into what is there, and never made or cut', async () => {
  const path = join(directory, 'attribute')
  await writeFile(path, 'longer than what is written')
  await files.write(path, Buffer.from('short'))
  assert.equal(await readFile(path, 'latin1'), 'shortr than what is written')
  assert.equal(Buffer.from(await files.read(path)).toString('latin1'), 'shortr than what is written')
  await assert.rejects(files.write(join(directory, 'missing'), new Uint8Array(1)), { code: 'ENOENT' })
  await writeFile(path, new Uint8Array(262_144))
  await assert.rejects(files.read(path), RangeError)
})

test('directories are made and removed', async () => {
  const path = join(directory, 'report')
  await files.makeDirectory(path)
  await assert.rejects(files.makeDirectory(path), { code: 'EEXIST' })
  await files.removeDirectory(path)
  await assert.rejects(stat(path), { code: 'ENOENT' })
})

test('an ioctl reaches the kernel with its structure, and its error number comes back', async () => {
  const path = join(directory, 'file')
  await writeFile(path, 'twelve bytes')
  const { descriptor, ioctl, close } = await openDevice(path)
  const FIONREAD = 0x541bn
  const answer = deviceBuffer(4)
  assert.equal(ioctl.call(descriptor, FIONREAD, answer), 0)
  assert.equal(new DataView(answer.buffer).getInt32(0, true), 12)
  assert.equal(ioctl.call(descriptor, 0xc020_0a00n, deviceBuffer(32)), ERRNO.ENOTTY)
  assert.notEqual(ioctl.addressOf(answer), ioctl.addressOf(deviceBuffer(4)))
  close()
  await assert.rejects(openDevice(join(directory, 'nothing')), { code: 'ENOENT' })
})

test('a message goes to its device in one write, and the answer comes in one read', async () => {
  const path = join(directory, 'pipe')
  execFileSync('mkfifo', [path])
  const device = await openMessageDevice(path)
  for (const length of [1, 10, 4096]) {
    const message = new Uint8Array(length).fill(length)
    assert.deepEqual(await device.exchange(message), message)
  }
  await assert.rejects(device.exchange(new Uint8Array(4097)), { name: 'RangeError', message: /too long/ })
  await device.close()
  await assert.rejects(device.exchange(new Uint8Array(1)), { code: 'EBADF' })
  await assert.rejects(openMessageDevice(join(directory, 'nothing')), { code: 'ENOENT' })
})

test('a pause takes as long as it says', async () => {
  const started = performance.now()
  await pause(20)
  assert.ok(performance.now() - started >= 19)
})
