import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAzureVtpmPolicy } from '../../src/azure-vtpm/policy.ts'
import { skip } from '../../src/index.ts'
import { isSnpPolicy } from '../../src/snp/policy.ts'
import { HARDWARE_ONLY_TDX } from '../../src/tdx/policy.ts'
import { STRICT } from './machines.ts'

const MALFORMED: Readonly<Record<string, object>> = {
  'a part left out': { vmpl: undefined },
  'a skip without a reason': { vmpl: skip(' ') },
  'a privilege level there is not': { vmpl: 4 },
  'a measurement of another size': { measurements: [{ registers: { MEASUREMENT: new Uint8Array(32) } }] },
  'a measurement of no register': { measurements: [{ registers: {} }] },
  'a product there is not': { minTcb: { Venice: { bootloader: 0, tee: 0, snp: 0, microcode: 0, fmc: 0 } } },
  'a minimum without a part': { minTcb: { Milan: { bootloader: 0, tee: 0, snp: 0, microcode: 0 } } },
  'a version over 255': { minTcb: { Milan: { bootloader: 256, tee: 0, snp: 0, microcode: 0, fmc: 0 } } },
  'a kind of key there is not': { signingKeys: ['ark'] },
  'revocation neither checked nor skipped': { revocation: 'unchecked' },
  'host data of another size': { hostData: new Uint8Array(31) },
  'a part nobody knows': { more: 1 },
}

test('a strict policy is well formed, and malformed with one thing altered', () => {
  assert.equal(isSnpPolicy(STRICT), true)
  for (const [what, alter] of Object.entries(MALFORMED)) assert.equal(isSnpPolicy({ ...STRICT, ...alter }), false, what)
})

test('a policy for Azure holds one for each hardware, or refuses it', () => {
  const azure = {
    measurements: [{ registers: { PCR0: new Uint8Array(32) } }],
    platforms: skip('any'),
    snp: STRICT,
    tdx: HARDWARE_ONLY_TDX,
    secureBoot: 'required',
  }
  assert.equal(isAzureVtpmPolicy(azure), true)
  assert.equal(isAzureVtpmPolicy({ ...azure, snp: 'refused' }), true)
  for (const alter of [
    { snp: skip('no reason is good enough') },
    { tdx: STRICT },
    { measurements: [{ registers: { PCR24: new Uint8Array(32) } }] },
    { secureBoot: 'refused' },
  ]) {
    assert.equal(isAzureVtpmPolicy({ ...azure, ...alter }), false)
  }
})
