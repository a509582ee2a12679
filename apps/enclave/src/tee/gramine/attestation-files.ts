/** Gramine's `/dev/attestation` (Gramine documentation, "Attestation and Secret Provisioning"): files the library OS answers, inside the enclave. */
import { join } from 'node:path'
import { EnclaveError } from '../../errors.ts'
import { isAbsent, type KernelFiles } from '../machine.ts'

const ROOT = '/dev/attestation'

/** `dcap`, `epid` or `none`; null where this process does not run in Gramine. `tee_unavailable` where that cannot be told. */
export async function readAttestationType(files: KernelFiles): Promise<string | null> {
  try {
    const text = Buffer.from(await files.read(join(ROOT, 'attestation_type'))).toString('latin1')
    return text.trimEnd()
  } catch (cause) {
    if (isAbsent(cause)) return null
    throw new EnclaveError('tee_unavailable', `${ROOT} is there and cannot be read`, { cause })
  }
}

/** The quote over 64 bytes of report data. Callers wait for each other: both files are one for the whole process. */
export async function readQuote(files: KernelFiles, reportData: Uint8Array): Promise<Uint8Array> {
  try {
    await files.write(join(ROOT, 'user_report_data'), reportData)
    return await files.read(join(ROOT, 'quote'))
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', 'Gramine made no quote', { cause })
  }
}

/** The enclave's own sealing key, 16 bytes, which the caller wipes: the same for the same measurement on the same machine only. */
export async function readSealingKey(files: KernelFiles): Promise<Uint8Array> {
  try {
    return await files.read(join(ROOT, 'keys', '_sgx_mrenclave'))
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', 'Gramine gave no sealing key', { cause })
  }
}
