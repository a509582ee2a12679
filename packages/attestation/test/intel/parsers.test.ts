import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { intelMachine } from '../../../testkit/src/vendor-pki/intel.ts'
import { AttestationError } from '../../src/errors.ts'
import { readPckExtension } from '../../src/intel/pck-extension.ts'
import { readQeIdentity } from '../../src/intel/qe-identity.ts'
import { readQuote } from '../../src/intel/quote.ts'
import { readSignedDocument } from '../../src/intel/signed-document.ts'
import { readTcbInfo } from '../../src/intel/tcb-info.ts'
import { NOW } from './machines.ts'

const RUNS = { numRuns: 400 }

/** Whatever `read` throws is a typed error. */
function readsOrRefuses(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.ok(error instanceof AttestationError, String(error))
  }
}

/** Bytes of `genuine` with a few overwritten, and its end cut off. */
function mutations(genuine: Uint8Array): fc.Arbitrary<Uint8Array> {
  const writes = fc.array(fc.tuple(fc.nat(genuine.length - 1), fc.nat(255)), { maxLength: 4 })
  return fc
    .tuple(writes, fc.oneof({ weight: 3, arbitrary: fc.constant(genuine.length) }, fc.nat(genuine.length)))
    .map(([all, length]) => all.reduce((bytes, [at, byte]) => bytes.with(at, byte), genuine).slice(0, length))
}

for (const [tee, version] of [
  ['sgx', 3],
  ['tdx', 4],
  ['tdx', 5],
] as const) {
  const { quote, collateral } = intelMachine({ now: NOW, tee, version })
  test(`any bytes are read as a quote or refused with a typed error: ${tee}, version ${version}`, () => {
    fc.assert(
      fc.property(mutations(quote), (bytes) => readsOrRefuses(() => readQuote(bytes))),
      RUNS,
    )
    const headed = fc.uint8Array({ maxLength: 2000 }).map((bytes) => {
      bytes.set(quote.subarray(0, Math.min(54, bytes.length)))
      return bytes
    })
    fc.assert(
      fc.property(headed, (bytes) => readsOrRefuses(() => readQuote(bytes))),
      RUNS,
    )
  })

  test(`documents are read or refused with a typed error: ${tee}, version ${version}`, () => {
    for (const [name, member, read] of [
      ['tcb-info', 'tcbInfo', readTcbInfo],
      ['qe-identity', 'enclaveIdentity', readQeIdentity],
    ] as const) {
      const document = (bytes: Uint8Array): unknown => read(readSignedDocument(bytes, member).json)
      fc.assert(
        fc.property(mutations(collateral[name]), (bytes) => readsOrRefuses(() => document(bytes))),
        RUNS,
      )
    }
  })
}

test('any JSON is read as a document or refused with a typed error', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => readsOrRefuses(() => readTcbInfo(json))),
    RUNS,
  )
  fc.assert(
    fc.property(fc.jsonValue(), (json) => readsOrRefuses(() => readQeIdentity(json))),
    RUNS,
  )
})

test('any bytes are read as a PCK extension or refused with a typed error', () => {
  let extension: Uint8Array = new Uint8Array(0)
  intelMachine({
    now: NOW,
    tee: 'sgx',
    pckExtension: (bytes) => {
      extension = bytes
      return bytes
    },
  })
  assert.equal(readPckExtension(extension).pceSvn, 13)
  fc.assert(
    fc.property(mutations(extension), (bytes) => readsOrRefuses(() => readPckExtension(bytes))),
    RUNS,
  )
})
