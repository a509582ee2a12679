import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isVendorAddress } from '../../../src/attest/fetch/vendor-address.ts'

const VENDORS = [
  'https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=00906ed50000',
  'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
  'https://kdsintf.amd.com/vcek/v1/Milan/crl',
  'http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/ab4960cc-7d63-42bd-9e9f-59338cb67f84.crl',
  'http://crl-us-east-1-aws-nitro-enclaves.s3.us-east-1.amazonaws.com/crl/ab4960cc-7d63.crl',
  'http://crl-us-gov-west-1-aws-nitro-enclaves.s3.us-gov-west-1.amazonaws.com/crl/1.crl',
  'https://crl-cn-north-1-aws-nitro-enclaves.s3.cn-north-1.amazonaws.com.cn/crl/1.crl',
]

test('the vendors, as they publish', () => {
  for (const address of VENDORS) assert.ok(isVendorAddress(address), address)
})

test('nobody else, however alike', () => {
  for (const address of [
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://169.254.169.254/crl/1.crl',
    'http://localhost/crl/1.crl',
    'http://[::1]/crl/1.crl',
    'http://crl.example/root.crl',
    // Intel and AMD have TLS.
    'http://kdsintf.amd.com/vcek/v1/Milan/crl',
    'http://api.trustedservices.intel.com/x',
    'https://kdsintf.amd.com:8443/vcek/v1/Milan/crl',
    'https://user@kdsintf.amd.com/crl',
    'https://kdsintf.amd.com@169.254.169.254/crl',
    'https://kdsintf.amd.com.example/crl',
    'https://kdsintf.amd.com./crl',
    'https://kdsintf.amd.com/crl#x',
    'ftp://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/1.crl',
    'http://aws-nitro-enclaves-crl.s3.amazonaws.com:22/crl/1.crl',
    'http://aws-nitro-enclaves-crl.s3.amazonaws.com/other/1.crl',
    'http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/../x/1.crl',
    'http://aws-nitro-enclaves-crl.s3.amazonaws.com/crl/1.crl?x=1',
    'http://crl-us-east-1-aws-nitro-enclaves.s3.us-west-2.amazonaws.com/crl/1.crl',
    'http://crl-us-east-1-aws-nitro-enclaves.s3.us-east-1.amazonaws.com.evil.example/crl/1.crl',
    'http://evil.s3.us-east-1.amazonaws.com/crl/1.crl',
    'file:///etc/passwd',
    'nothing',
    '',
  ]) {
    assert.ok(!isVendorAddress(address), address)
  }
})
