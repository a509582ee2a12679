import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { MASK, needlesOf } from '../../src/memory/forms.ts'
import { watchProcess } from '../../src/memory/memory-scanner.ts'
import { Search } from '../../src/memory/search.ts'

const SECRET = Buffer.from('Vm0xd1MwNUdWWGhWYkdoVVlteEtXVmxVU2xOV01XeDBaRWhrVjAxV2NIaFZNakF3', 'latin1')
const BASE = 0x7f0000000000

function find(memory: Buffer, secret: Uint8Array = SECRET) {
  const padded = Buffer.alloc(Math.ceil(memory.length / 8) * 8)
  memory.copy(padded)
  return new Search(needlesOf('s', secret)).find(padded, BASE, 0, padded.length)
}

function found(memory: Buffer): readonly string[] {
  return find(memory)
    .filter(({ whole }) => whole)
    .map(({ needle }) => needle)
}

test('every form that gives a secret away is found', () => {
  const xored = (pad: number): Buffer => Buffer.from(SECRET.map((byte) => byte ^ pad))
  const forms: readonly (readonly [string, Buffer])[] = [
    ['s/plain', SECRET],
    ['s/utf16', Buffer.from(SECRET.toString('latin1'), 'utf16le')],
    ['s/hex', Buffer.from(SECRET.toString('hex'))],
    ['s/hex-upper', Buffer.from(SECRET.toString('hex').toUpperCase())],
    ['s/reversed', Buffer.from(SECRET.toReversed())],
    ['s/hmac-inner', xored(0x36)],
    ['s/hmac-outer', xored(0x5c)],
    ['s/base64-0', Buffer.from(SECRET.toString('base64'))],
    ['s/base64-1', Buffer.from(Buffer.concat([Buffer.from('x'), SECRET]).toString('base64'))],
    ['s/base64-2', Buffer.from(Buffer.concat([Buffer.from('xy'), SECRET, Buffer.from('tail')]).toString('base64url'))],
  ]
  for (const [name, form] of forms) {
    assert.ok(found(Buffer.concat([Buffer.from('before '), form, Buffer.from(' after')])).includes(name), name)
  }
})

test('any piece of 16 bytes is found wherever it lies, with its address', () => {
  fc.assert(
    fc.property(fc.nat(48), fc.integer({ min: 16, max: 64 }), fc.nat(40), (from, length, at) => {
      const piece = SECRET.subarray(from, Math.min(SECRET.length, from + length))
      fc.pre(piece.length >= 16)
      const memory = Buffer.alloc(at + piece.length + 30, 0xee)
      piece.copy(memory, at)
      const plain = find(memory).filter(({ needle }) => needle === 's/plain')
      assert.deepEqual(
        plain.map(({ at: where, length: long }) => ({ where, long })),
        [{ where: BASE + at, long: piece.length }],
      )
      assert.equal(plain[0]?.whole, piece.length === SECRET.length)
    }),
  )
})

test('random memory holds nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 2000 }), (bytes) => {
      assert.deepEqual(find(Buffer.from(bytes)), [])
    }),
  )
})

test('needles are never kept in clear', () => {
  for (const { masked } of needlesOf('s', SECRET)) {
    assert.equal(Buffer.from(masked).indexOf(SECRET.subarray(0, 8)), -1)
  }
  const plain = needlesOf('s', SECRET).find(({ name }) => name === 's/plain')
  assert.deepEqual(Buffer.from(plain?.masked.map((byte) => byte ^ MASK) ?? []), SECRET)
})

test('a process that cannot be scanned is an error, never a clean report', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const idle = await watchProcess(fileURLToPath(new URL('./idle.ts', import.meta.url)))
  try {
    await assert.rejects(idle.scan(4_194_303, { s: SECRET }), /ESRCH|ENOENT/)
  } finally {
    await idle.stop()
  }
})
