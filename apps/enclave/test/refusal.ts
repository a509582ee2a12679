import { EnclaveError, type EnclaveErrorCode } from '../src/errors.ts'

/** For `assert.rejects`: an `EnclaveError` with exactly this code. */
export function refusal(code: EnclaveErrorCode): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof EnclaveError && error.code === code) return true
    throw error
  }
}
