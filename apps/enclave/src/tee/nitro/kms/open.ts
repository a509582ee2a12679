import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import type { RootOfTrust } from '../../../ports/root-of-trust.ts'
import type { Machine } from '../../machine.ts'
import type { Nsm } from '../nsm.ts'
import { credentialsOf } from './credentials.ts'
import { KmsRootOfTrust } from './kms-root-of-trust.ts'
import type { KmsSettings } from './settings.ts'
import { kmsTransport } from './transport.ts'

/** The root of trust of a Nitro enclave to which the key's policy releases data keys. Asks nobody yet. */
export function openKeyRelease(
  nsm: Nsm,
  settings: KmsSettings,
  { machine, clock, random }: { readonly machine: Machine; readonly clock: Clock; readonly random: Random },
): RootOfTrust {
  const { amazonRoots, pause } = machine
  const transport = kmsTransport({
    settings,
    roots: amazonRoots(),
    credentials: credentialsOf(settings.credentials, clock),
    image: Buffer.from(nsm.describePcr(0)).toString('hex'),
    clock,
    random,
    pause,
  })
  const attest = (publicKey: Uint8Array): Uint8Array => nsm.attest(null, publicKey)
  return new KmsRootOfTrust({ keyArn: settings.key.arn, transport, attest, random })
}
