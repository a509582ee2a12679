import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseSimulatorQuote } from '@perf-aggregator/attestation/simulator'
import { SimulatorAttester } from '../../../src/tee/simulator/attester.ts'
import { random } from '../../random.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attester-'))
})
after(() => rm(folder, { recursive: true }))

let made = 0
const fresh = (): string => join(folder, String(made++))
const release = new Uint8Array(32).fill(7)
const ports = { clock: { now: () => 1_790_000_000_999 }, random }

test('signs the documented statement, and keeps its root', async () => {
  const directory = fresh()
  const reportData = random.bytes(64)
  const attester = await SimulatorAttester.open(directory, release, ports)
  const { type, quote, endorsements } = await attester.attest(reportData)
  assert.equal(type, 'simulator')
  const { statement } = parseSimulatorQuote(quote)
  assert.deepEqual(statement, { debug: false, issuedAt: 1_790_000_000, measurement: release, reportData })
  assert.match(Buffer.from(quote).toString(), /SIMULATOR: NOT A TEE/)

  const again = await SimulatorAttester.open(directory, release, ports)
  assert.deepEqual(await again.attest(reportData), { type, quote, endorsements })
  const elsewhere = await SimulatorAttester.open(fresh(), release, ports)
  assert.notDeepEqual((await elsewhere.attest(reportData)).endorsements, endorsements)
})

test('the root is readable by its owner only, and nothing else is left behind', async () => {
  const directory = fresh()
  await SimulatorAttester.open(directory, release, ports)
  assert.deepEqual(await readdir(directory), ['development-root.key'])
  assert.equal((await stat(join(directory, 'development-root.key'))).mode & 0o777, 0o600)
  assert.equal((await stat(directory)).mode & 0o777, 0o700)
})

test('two that start at once share one root', async () => {
  const directory = fresh()
  const both = await Promise.all([1, 2, 3].map(() => SimulatorAttester.open(directory, release, ports)))
  const roots = await Promise.all(both.map(async (one) => (await one.attest(new Uint8Array(64))).endorsements))
  assert.deepEqual(roots[1], roots[0])
  assert.deepEqual(roots[2], roots[0])
})

test('a root that others may read, or that was cut, is refused', async () => {
  const directory = fresh()
  await SimulatorAttester.open(directory, release, ports)
  const path = join(directory, 'development-root.key')
  await chmod(path, 0o640)
  await assert.rejects(SimulatorAttester.open(directory, release, ports), { code: 'tee_unavailable' })
  await chmod(path, 0o600)
  await writeFile(path, new Uint8Array(31))
  await assert.rejects(SimulatorAttester.open(directory, release, ports), { code: 'tee_unavailable' })
})

test('report data of another size is a mistake of the caller', async () => {
  const attester = await SimulatorAttester.open(fresh(), release, ports)
  await assert.rejects(attester.attest(new Uint8Array(63)), RangeError)
})
