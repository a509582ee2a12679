import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { amdMachine } from '../../../testkit/src/vendor-pki/index.ts'
import { AttestationError } from '../../src/errors.ts'
import { readEndorsementKey } from '../../src/snp/endorsement-key.ts'
import { productOfCpuid, productOfName } from '../../src/snp/product.ts'
import { readSnpReport } from '../../src/snp/report.ts'
import { differingParts, hasZeroReserved, readSnpTcb } from '../../src/snp/tcb-version.ts'
import { NOW } from './machines.ts'

/** Whatever `read` throws is a typed error. */
function readsOrRefuses(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof AttestationError, String(error))
  }
}

test('any bytes are read as a report or refused with a typed error', () => {
  const sized = fc.uint8Array({ minLength: 1184, maxLength: 1184 })
  fc.assert(
    fc.property(fc.oneof(sized, fc.uint8Array({ maxLength: 1300 })), fc.constantFrom(2, 3, 5, 6), (bytes, version) => {
      bytes.set([version, 0, 0, 0].slice(0, bytes.length))
      readsOrRefuses(() => readSnpReport(bytes))
    }),
    { numRuns: 500 },
  )
})

test('a report is a copy: bytes altered after it was read change nothing', () => {
  const { report } = amdMachine({ now: NOW })
  const read = readSnpReport(report)
  const before = read.reportData.slice()
  report.fill(0)
  assert.deepEqual(read.reportData, before)
})

test('a certificate with bytes overwritten is read or refused with a typed error', () => {
  const [leaf = new Uint8Array(0)] = amdMachine({ now: NOW }).chain
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(leaf.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(leaf.length),
      (writes, cut) => {
        const altered = writes.reduce((bytes, [at, byte]) => bytes.with(at, byte), leaf)
        readsOrRefuses(() => readEndorsementKey(altered))
        assert.throws(() => readEndorsementKey(leaf.subarray(0, Math.min(cut, leaf.length - 1))), AttestationError)
      },
    ),
    { numRuns: 500 },
  )
})

test('products by CPUID and by name', () => {
  const cpuids = [
    [0x19, 0x01, 'Milan'],
    [0x19, 0x11, 'Genoa'],
    [0x19, 0xa0, 'Genoa'],
    [0x19, 0x20, null],
    [0x19, 0xb0, null],
    [0x1a, 0x02, 'Turin'],
    [0x1a, 0x11, 'Turin'],
    [0x1a, 0x12, null],
    [0x17, 0x31, null],
  ] as const
  for (const [family, model, product] of cpuids) assert.equal(productOfCpuid({ family, model, stepping: 0 }), product)
  const names = [
    ['Milan-B0', 'Milan'],
    ['Milan', 'Milan'],
    ['Genoa-B1', 'Genoa'],
    ['Turin', 'Turin'],
    ['Turin-', null],
    ['milan', null],
    ['Milan-B0 ', null],
    ['toString', null],
  ] as const
  for (const [name, product] of names) assert.equal(productOfName(name), product, name)
})

test('the bytes of a TCB are read in the layout of the product', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 0, 0, 7, 8)
  assert.deepEqual(readSnpTcb(bytes, 'Milan'), { bootloader: 1, tee: 2, snp: 7, microcode: 8 })
  assert.deepEqual(readSnpTcb(bytes, 'Turin'), { fmc: 1, bootloader: 2, tee: 3, snp: 4, microcode: 8 })
  assert.equal(hasZeroReserved(bytes, 'Milan'), false)
  assert.equal(hasZeroReserved(bytes, 'Turin'), false)
  assert.equal(hasZeroReserved(bytes.with(6, 0), 'Turin'), true)
  assert.deepEqual(differingParts(readSnpTcb(bytes, 'Genoa'), readSnpTcb(bytes.with(7, 9), 'Genoa')), ['microcode'])
})
