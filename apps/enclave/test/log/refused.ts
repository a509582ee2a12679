import assert from 'node:assert/strict'
import { EnclaveError, type EnclaveErrorCode } from '../../src/errors.ts'

/** For `assert.throws` and `assert.rejects`: exactly this check failed. */
export function refused(code: EnclaveErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof EnclaveError, String(error))
    assert.equal(error.code, code)
    return true
  }
}
