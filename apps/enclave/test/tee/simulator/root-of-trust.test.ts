import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { SimulatorRootOfTrust } from '../../../src/tee/simulator/root-of-trust.ts'
import { random } from '../../random.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'root-of-trust-'))
})
after(() => rm(folder, { recursive: true }))

const release = new Uint8Array(32).fill(7)
const open = (name: string, measurement = release) => SimulatorRootOfTrust.open(join(folder, name), measurement, random)
const refused = (detail: RegExp) => ({ name: 'EnclaveError', code: 'root_of_trust', message: detail })

test('unseals what it sealed, after a restart too, and says that it is no TEE', async () => {
  const one = await open('a')
  assert.match(one.name, /NOT A TEE/)
  const secret = random.bytes(32)
  const blob = await one.seal(secret)
  assert.deepEqual(new Uint8Array(await (await open('a')).unseal(blob)), secret)
  assert.notDeepEqual(await one.seal(secret), blob)
  assert.equal(Buffer.from(blob).includes(secret), false)
  assert.deepEqual(new Uint8Array(await one.unseal(await one.seal(new Uint8Array(0)))), new Uint8Array(0))
})

test('another release does not unseal it, and is told so', async () => {
  const blob = await (await open('b')).seal(random.bytes(32))
  const other = await open('b', new Uint8Array(32).fill(8))
  await assert.rejects(other.unseal(blob), refused(/another release/))
  // Nor when the measurement in the blob is changed to match.
  const forged = blob.slice()
  forged.set(new Uint8Array(32).fill(8), 'perf-aggregator/simulator-seal/v1\n'.length)
  await assert.rejects(other.unseal(forged), refused(/elsewhere, or altered/))
})

test('another machine does not unseal it', async () => {
  const blob = await (await open('c')).seal(random.bytes(32))
  await assert.rejects((await open('d')).unseal(blob), refused(/elsewhere, or altered/))
})

test('every bit flipped and every length cut is refused', async () => {
  const one = await open('e')
  const blob = await one.seal(random.bytes(32))
  for (let bit = 0; bit < blob.length * 8; bit++) {
    const flipped = blob.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    await assert.rejects(one.unseal(flipped), { code: 'root_of_trust' })
  }
  for (let length = 0; length < blob.length; length++) {
    await assert.rejects(one.unseal(blob.subarray(0, length)), { code: 'root_of_trust' })
  }
})
