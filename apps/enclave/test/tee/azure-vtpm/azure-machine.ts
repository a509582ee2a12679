/** A machine with the fake TPM and the fake metadata service, so that a test alters one thing. */
import { NOW } from '../../../../../packages/attestation/test/fixtures.ts'
import { Tpm } from '../../../src/tee/azure-vtpm/tpm.ts'
import type { Machine } from '../../../src/tee/machine.ts'
import { type FakeMachine, fakeMachine } from '../fake-kernel.ts'
import { type FakeMetadata, fakeMetadata } from './fake-metadata.ts'
import { type FakeTpm, type FakeTpmOptions, fakeTpm } from './fake-tpm.ts'

export interface AzureMachine extends FakeMachine {
  readonly tpm: FakeTpm
  readonly metadata: FakeMetadata
}

export function azureMachine(options: Partial<FakeTpmOptions> = {}, fetch?: Machine['fetch']): AzureMachine {
  const tpm = fakeTpm({ now: NOW, ...options })
  const metadata = fakeMetadata(tpm, NOW)
  const machine = fakeMachine({
    messageDevices: { '/dev/tpmrm0': tpm.device },
    fetch: fetch ?? metadata.fetch,
  })
  return { ...machine, tpm, metadata }
}

/** One conversation with the fake TPM. */
export async function talk<Result>(
  options: Partial<FakeTpmOptions>,
  use: (tpm: Tpm) => Promise<Result>,
): Promise<Result> {
  return await Tpm.use(azureMachine(options), use)
}

export const UNAVAILABLE = { name: 'EnclaveError', code: 'tee_unavailable' }
