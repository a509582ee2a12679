import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GramineAttester } from '../../../src/tee/gramine/attester.ts'
import { fakeGramine } from './fake-gramine.ts'

const UNAVAILABLE = { name: 'EnclaveError', code: 'tee_unavailable' }
const data = (byte: number): Uint8Array => new Uint8Array(64).fill(byte)

test('a quote is made over the report data that was asked for', async () => {
  const { type, quote, endorsements } = await new GramineAttester(fakeGramine()).attest(data(7))
  assert.deepEqual([type, endorsements], ['sgx', []])
  assert.deepEqual(quote.subarray(368, 432), data(7))
})

test('quotes asked for at once are made one after another, each over its own data', async () => {
  const attester = new GramineAttester(fakeGramine())
  const made = await Promise.all([1, 2, 3, 4].map((byte) => attester.attest(data(byte))))
  assert.deepEqual(
    made.map(({ quote }) => quote[368]),
    [1, 2, 3, 4],
  )
})

test('report data altered while its quote is made goes in as it was asked for', async () => {
  const attester = new GramineAttester(fakeGramine())
  const asked = data(5)
  const made = attester.attest(asked)
  asked.fill(6)
  assert.deepEqual((await made).quote.subarray(368, 432), data(5))
})

test('a quote over other data is none, and one that fails does not stop the next', async () => {
  await assert.rejects(new GramineAttester(fakeGramine({ disturbed: data(9) })).attest(data(1)), UNAVAILABLE)
  await assert.rejects(new GramineAttester(fakeGramine({ isBroken: true })).attest(data(1)), UNAVAILABLE)
  const files = fakeGramine()
  let isDown = true
  const attester = new GramineAttester({
    ...files,
    read: (path) => (isDown ? Promise.reject(new Error('down')) : files.read(path)),
  })
  const first = attester.attest(data(1))
  const second = attester.attest(data(2))
  await assert.rejects(first, UNAVAILABLE)
  await assert.rejects(second, UNAVAILABLE)
  isDown = false
  assert.equal((await attester.attest(data(3))).quote[368], 3)
})

test('report data of another size is refused', async () => {
  await assert.rejects(new GramineAttester(fakeGramine()).attest(new Uint8Array(65)), RangeError)
})
