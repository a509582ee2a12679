import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { selectTee, TEE_FAMILIES } from '../../src/tee/select.ts'
import { random } from '../random.ts'

let dataDirectory: string
before(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'tee-'))
})
after(() => rm(dataDirectory, { recursive: true }))

const around = () => ({ dataDirectory, release: new Uint8Array(32), clock: { now: () => 0 }, random })

for (const family of TEE_FAMILIES.filter((name) => name !== 'simulator')) {
  test(`${family} is not there: refused, and no simulator in its place`, async () => {
    await assert.rejects(selectTee(family, around()), { name: 'EnclaveError', code: 'tee_unavailable' })
    assert.deepEqual(await readdir(dataDirectory), [])
  })
}

test('the simulator, asked for, is one in every name', async () => {
  const tee = await selectTee('simulator', around())
  assert.equal(tee.simulated, true)
  assert.equal(tee.attester.type, 'simulator')
  assert.match(tee.rootOfTrust.name, /simulator/)
  assert.deepEqual(await readdir(join(dataDirectory, 'simulator')), ['development-root.key', 'sealing.key'])
})
