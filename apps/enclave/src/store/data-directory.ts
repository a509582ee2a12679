/** The folder an enclave keeps its files in: made on the first start, for its owner only. */
import { access, constants, mkdir } from 'node:fs/promises'
import { EnclaveError } from '../errors.ts'

/** Rejects `configuration` where there can be none, or none that it may write to. */
export async function makeDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new EnclaveError('configuration', `DATA_DIR: ${refusal(cause)}`, { cause })
  }
}

function refusal(cause: unknown): string {
  switch (cause instanceof Error && 'code' in cause ? cause.code : undefined) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'a file is in the way of the folder'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'permission denied; give a folder that this user may write to'
    default:
      return 'the folder cannot be made or used'
  }
}
