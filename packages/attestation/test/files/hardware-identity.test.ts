import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amdMachine, azureVm, intelMachine, nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { hardwareIdentity } from '../../src/files/index.ts'
import { NOW } from '../fixtures.ts'

const of = (type: string, quote: Uint8Array): string => hardwareIdentity({ type, quote, binding: null })
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1)

test('SNP: the same whatever the guest has signed, another for another chip, firmware or key', () => {
  const { report, reportOver } = amdMachine({ now: NOW })
  assert.equal(of('snp', reportOver(new Uint8Array(64).fill(9))), of('snp', report))
  // Key info, current, reported, chip id, committed and launch TCB, CPUID.
  for (const at of [0x48, 0x38, 0x180, 0x188, 0x1a0, 0x1e0, 0x1f0]) {
    assert.notEqual(of('snp', flipped(report, at)), of('snp', report), at.toString(16))
  }
})

for (const tee of ['sgx', 'tdx'] as const) {
  test(`${tee}: the same whatever is signed, another for another platform`, () => {
    const { quote } = intelMachine({ now: NOW, tee })
    const reportData = 48 + (tee === 'sgx' ? 320 : 520)
    assert.equal(of(tee, flipped(quote, reportData)), of(tee, quote))
    assert.notEqual(of(tee, intelMachine({ now: NOW + 1, tee }).quote), of(tee, quote))
  })
}

test('Nitro: the certificates of the document', () => {
  const { document } = nitroEnclave({ now: NOW })
  assert.equal(of('nitro', document.slice()), of('nitro', document))
  assert.notEqual(of('nitro', nitroEnclave({ now: NOW + 1 }).document), of('nitro', document))
})

test('an Azure VM: the hardware below it', () => {
  const { quote, evidence } = azureVm({ now: NOW })
  assert.equal(of('azure-vtpm', quote), of('snp', evidence.hclReport.subarray(32, 32 + 1184)))
})

test('evidence that cannot be read is like no other', () => {
  for (const type of ['snp', 'sgx', 'tdx', 'nitro']) {
    assert.notEqual(of(type, Uint8Array.of(1)), of(type, Uint8Array.of(2)))
  }
  assert.equal(of('simulator', Uint8Array.of(1)), of('simulator', Uint8Array.of(2)))
})
