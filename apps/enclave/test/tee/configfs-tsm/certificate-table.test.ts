import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EnclaveError } from '../../../src/errors.ts'
import { readCertificateTable } from '../../../src/tee/configfs-tsm/certificate-table.ts'
import { certificateTable, GUIDS } from './fake-tsm.ts'

const certificate = (byte: number): Uint8Array => new Uint8Array(20 + byte).fill(byte)

test('whatever the order in the table, leaf, intermediate and root stand in the order of a chain', () => {
  const table = certificateTable([
    [GUIDS.crl, certificate(9)],
    [GUIDS.ark, certificate(3)],
    [GUIDS.vlek, certificate(1)],
    [GUIDS.ask, certificate(2)],
  ])
  assert.deepEqual(readCertificateTable(table), [1, 2, 3].map(certificate))
})

test('no table, and one without entries, hold nothing', () => {
  assert.deepEqual(readCertificateTable(new Uint8Array(0)), [])
  assert.deepEqual(readCertificateTable(certificateTable([])), [])
})

test('a table that contradicts itself is refused', () => {
  const refused = (table: Uint8Array): void => {
    assert.throws(() => readCertificateTable(table), { name: 'EnclaveError', code: 'tee_unavailable' })
  }
  const table = certificateTable([[GUIDS.vcek, certificate(1)]])
  for (let length = 1; length < table.length; length++) refused(table.subarray(0, length))
  refused(certificateTable(Array.from({ length: 32 }, () => [GUIDS.crl, certificate(1)])))
  refused(
    certificateTable([
      [GUIDS.vcek, certificate(1)],
      [GUIDS.vlek, certificate(2)],
    ]),
  )
  for (const [offset, value] of [
    [16, 0],
    [16, 0xffff_ffff],
    [20, 0],
    [20, 0xffff_ffff],
  ] as const) {
    const altered = table.slice()
    new DataView(altered.buffer).setUint32(offset, value, true)
    refused(altered)
  }
})

test('whatever a host hands over, what is wrong with it is said', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (table) => {
      try {
        readCertificateTable(table)
      } catch (error) {
        assert.ok(error instanceof EnclaveError)
      }
    }),
  )
})
