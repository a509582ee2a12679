import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, type Mirrors, NO_MIRRORS } from '../../../src/attest/fetch/address.ts'

const TCB = 'https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=00906ed50000'
const ROOT_CRL = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der'
const VCEK = 'https://kdsintf.amd.com/vcek/v1/Milan/00?blSPL=4'
const AWS = 'http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/1.crl'
const MIRRORS: Mirrors = { pcs: 'https://pccs:8081/', kds: 'http://127.0.0.1:1/amd', crls: 'http://127.0.0.1:2' }

test('the vendor itself, or the mirror somebody named, by the same path', () => {
  for (const [url, mirrored] of [
    [TCB, 'https://pccs:8081/tdx/certification/v4/tcb?fmspc=00906ed50000'],
    [ROOT_CRL, 'https://pccs:8081/sgx/certification/v4/rootcacrl'],
    [VCEK, 'http://127.0.0.1:1/amd/vcek/v1/Milan/00?blSPL=4'],
    [AWS, 'http://127.0.0.1:2/crl/1.crl'],
  ] as const) {
    assert.equal(addressOf({ file: 'x', url }, NO_MIRRORS), url)
    assert.equal(addressOf({ file: 'x', url }, MIRRORS), mirrored)
  }
})

test('what no vendor publishes is asked of nobody, the mirror included', () => {
  for (const mirrors of [NO_MIRRORS, MIRRORS]) {
    assert.throws(() => addressOf({ file: '1.crl', url: 'http://169.254.169.254/crl/1.crl' }, mirrors), {
      name: 'FetchError',
      code: 'address_refused',
    })
  }
})
