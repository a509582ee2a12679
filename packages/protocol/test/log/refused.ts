import assert from 'node:assert/strict'
import { ProtocolError, type ProtocolErrorCode } from '../../src/errors.ts'

/** For `assert.throws` and `assert.rejects`: exactly this check failed. */
export function refused(code: ProtocolErrorCode): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ProtocolError, String(error))
    assert.equal(error.code, code)
    return true
  }
}
