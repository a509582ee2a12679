import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readResponseCode } from '../../../src/tee/azure-vtpm/response-code.ts'

for (const [code, said] of [
  [0x18b, 'TPM_RC_HANDLE (handle 1)'],
  [0x28b, 'TPM_RC_HANDLE (handle 2)'],
  [0x08b, 'TPM_RC_HANDLE'],
  [0x1c4, 'TPM_RC_VALUE (parameter 1)'],
  [0xfd5, 'TPM_RC_SIZE (parameter 15)'],
  [0x98e, 'TPM_RC_AUTH_FAIL (session 1)'],
  [0x99d, 'TPM_RC_POLICY_FAIL (session 1)'],
  [0x9a2, 'TPM_RC_BAD_AUTH (session 1)'],
  [0x100, 'TPM_RC_INITIALIZE'],
  [0x101, 'TPM_RC_FAILURE'],
  [0x128, 'TPM_RC_PCR_CHANGED'],
  [0x143, 'TPM_RC_COMMAND_CODE'],
  [0x146, 'TPM_RC_NV_RANGE'],
  [0x148, 'TPM_RC_NV_LOCKED'],
  [0x149, 'TPM_RC_NV_AUTHORIZATION'],
  [0x14a, 'TPM_RC_NV_UNINITIALIZED'],
  [0x14b, 'TPM_RC_NV_SPACE'],
  [0x14c, 'TPM_RC_NV_DEFINED'],
  [0x902, 'TPM_RC_OBJECT_MEMORY'],
  [0x908, 'TPM_RC_YIELDED'],
  [0x90a, 'TPM_RC_TESTING'],
  [0x920, 'TPM_RC_NV_RATE'],
  [0x921, 'TPM_RC_LOCKOUT'],
  [0x922, 'TPM_RC_RETRY'],
  [0x01e, 'TPM_RC_BAD_TAG'],
  // The kernel's resource manager answers in the TPM's place.
  [0xb0143, 'TPM_RC_COMMAND_CODE'],
  // None the specification names: a format-1 error, an error, a warning, one of a vendor, one of a TPM 1.2.
  [0x0bf, '0xbf'],
  [0x17f, '0x17f'],
  [0x97f, '0x97f'],
  [0x501, '0x501'],
  [0x001, '0x1'],
] as const) {
  test(`0x${code.toString(16)} is ${said}`, () => {
    const { name, place, isTransient } = readResponseCode(code)
    assert.equal(name + place, said)
    assert.equal(
      isTransient,
      ['RETRY', 'YIELDED', 'TESTING', 'NV_RATE'].some((one) => said === `TPM_RC_${one}`),
    )
  })
}
