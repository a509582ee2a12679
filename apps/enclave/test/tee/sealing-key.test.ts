import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoSealing, SealingKey } from '../../src/tee/sealing-key.ts'
import { random } from '../random.ts'

const SECRET = new Uint8Array(16).fill(0x11)
const plain = new Uint8Array(32).fill(0x22)
const REFUSED = { name: 'EnclaveError', code: 'root_of_trust' }

test('what was sealed unseals under the same key, and never looks the same twice', async () => {
  const key = new SealingKey('test', SECRET, random)
  const [one, two] = [await key.seal(plain), await key.seal(plain)]
  assert.notDeepEqual(one, two)
  assert.deepEqual(new Uint8Array(await key.unseal(one)), plain)
  const again = new SealingKey('test', SECRET.slice(), random)
  assert.deepEqual(new Uint8Array(await again.unseal(two)), plain)
})

test('another key, and the same key of another kind of TEE, do not unseal', async () => {
  const blob = await new SealingKey('test', SECRET, random).seal(plain)
  await assert.rejects(new SealingKey('test', SECRET.with(0, 0), random).unseal(blob), REFUSED)
  await assert.rejects(new SealingKey('other', SECRET, random).unseal(blob), REFUSED)
})

test('no byte of what was sealed can be another, or missing', async () => {
  const key = new SealingKey('test', SECRET, random)
  const blob = await key.seal(plain)
  for (let at = 0; at < blob.length; at++) {
    await assert.rejects(key.unseal(blob.with(at, (blob[at] ?? 0) ^ 1)), REFUSED)
    await assert.rejects(key.unseal(blob.subarray(0, at)), REFUSED)
  }
})

test('a key of zeros, or of another size, is none', () => {
  for (const secret of [new Uint8Array(32), new Uint8Array(15).fill(1), new Uint8Array(65).fill(1)]) {
    assert.throws(() => new SealingKey('test', secret, random), { name: 'EnclaveError', code: 'tee_unavailable' })
  }
})

test('a family that seals nothing says so and why', async () => {
  const none = new NoSealing('nitro', 'a reason')
  await assert.rejects(none.seal(), { ...REFUSED, message: 'a reason' })
  await assert.rejects(none.unseal(), { ...REFUSED, message: 'a reason' })
})
