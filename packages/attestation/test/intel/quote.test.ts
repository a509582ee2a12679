import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vendorKey } from '../../../testkit/src/vendor-pki/index.ts'
import { skip } from '../../src/index.ts'
import { type Alteration, failures, judge, NOW, put } from './machines.ts'

const BODIES: readonly (readonly [what: string, genuine: Alteration])[] = [
  ['SGX, version 3', { tee: 'sgx' }],
  ['SGX, version 4', { tee: 'sgx', version: 4 }],
  ['SGX, version 5', { tee: 'sgx', version: 5 }],
  ['TDX 1.0, version 4', { tee: 'tdx' }],
  ['TDX 1.0, version 5', { tee: 'tdx', version: 5, body: (body) => body.slice(0, 584) }],
  ['TDX 1.5, version 5', { tee: 'tdx', version: 5 }],
]

for (const [what, genuine] of BODIES) {
  test(`a genuine quote is accepted: ${what}`, async () => {
    const verdict = await judge(genuine)
    assert.deepEqual(verdict.accepted ? [] : verdict.failures, [])
    assert.deepEqual(verdict.accepted && verdict.claims.tcb?.status, 'UpToDate')
    assert.deepEqual(verdict.validity && [verdict.validity.notBefore, verdict.validity.notAfter], [
      NOW - 86_400,
      NOW + 86_400,
    ])
  })

  test(`no byte may be cut off: ${what}`, async () => {
    for (const cut of [1, 2, 100, 1000, 4000]) {
      const codes = await failures({ ...genuine, quote: (quote) => quote.slice(0, -cut) })
      assert.deepEqual(codes, ['evidence_malformed'], `${cut} bytes`)
    }
  })
}

test('zeros after a TDX quote are its padding; after an SGX quote there is none', async () => {
  assert.deepEqual(await failures({ tee: 'tdx', padding: new Uint8Array(3065) }), [])
  assert.deepEqual(await failures({ tee: 'tdx', padding: new Uint8Array(70).with(69, 1) }), ['evidence_malformed'])
  assert.deepEqual(await failures({ tee: 'tdx', padding: new Uint8Array(70_000) }), ['evidence_malformed'])
  assert.deepEqual(await failures({ tee: 'sgx', padding: new Uint8Array(1) }), ['evidence_malformed'])
})

const REFUSED: readonly (readonly [what: string, alteration: Alteration, code: string])[] = [
  ['an older version', { header: put(0, 2) }, 'evidence_malformed'],
  ['a newer version', { header: put(0, 6) }, 'evidence_malformed'],
  ['another kind of attestation key', { header: put(2, 3) }, 'evidence_malformed'],
  ['a TEE nobody knows', { header: put(4, 0x82) }, 'evidence_malformed'],
  ['an SGX quote for TDX evidence', { header: put(4, 0) }, 'evidence_malformed'],
  ['a TDX quote for SGX evidence', { tee: 'sgx', version: 4, header: put(4, 0x81) }, 'evidence_malformed'],
  ['TDX in version 3', { header: put(0, 3) }, 'evidence_malformed'],
  ['a body type nobody knows', { version: 5, quote: put(48, 4) }, 'evidence_malformed'],
  ['a body of another size', { version: 5, quote: put(50, 0x89) }, 'evidence_malformed'],
  ['a body type of another TEE', { version: 5, quote: put(48, 1) }, 'evidence_malformed'],
  ['a quoting enclave of another vendor', { header: put(12, 0) }, 'intel_qe_vendor_unknown'],
  [
    'a quote altered after it was signed',
    { quote: put(48 + 136, 0x21), tdx: { measurements: skip('altered') } },
    'signature_invalid',
  ],
  ['a quote signed by another key', { signers: { quote: vendorKey('p256', 'another') } }, 'signature_invalid'],
  [
    'a QE report signed by another key',
    { signers: { qeReport: vendorKey('p256', 'another') } },
    'intel_qe_report_signature_invalid',
  ],
  ['another attestation key in the QE report', { qeReport: put(320, 1, 2, 3) }, 'intel_attestation_key_mismatch'],
  ['bytes after the hash in the QE report', { qeReport: put(383, 1) }, 'intel_attestation_key_mismatch'],
]

for (const [what, alteration, code] of REFUSED) {
  test(`refused: ${what}`, async () => {
    assert.deepEqual(await failures(alteration), [code])
  })
}

test('an attestation key that is no point is no key', async () => {
  const codes = await failures({ quote: put(48 + 584 + 4 + 64, 0xff, 0xff, 0xff, 0xff) })
  assert.deepEqual(codes, ['intel_attestation_key_mismatch', 'signature_invalid'])
})

test('bytes altered while they are being verified change nothing', async () => {
  let received: Uint8Array = new Uint8Array(0)
  const pending = judge({
    quote: (quote) => {
      received = quote
      return quote
    },
  })
  received.fill(0)
  const verdict = await pending
  assert.ok(verdict.accepted)
  assert.deepEqual(verdict.claims.measurements['MRTD'], new Uint8Array(48).fill(0x22))
})
