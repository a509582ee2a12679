/** A genuine Nitro enclave of the test vendor and everything to verify it with, so that a test alters one thing. */
import { createHash } from 'node:crypto'
import {
  type MadeNitroEnclave,
  type NitroOptions,
  nitroEnclave,
  nitroPcrs,
} from '../../../testkit/src/vendor-pki/index.ts'
import { type Binding, encodeBinding } from '../../src/binding.ts'
import { appraisers, endorsement, type FailureCode, type Policy, skip, type Verdict, verify } from '../../src/index.ts'
import { nitroAppraiser } from '../../src/nitro/appraiser.ts'
import type { NitroPolicy } from '../../src/nitro/policy.ts'
import { binding, NOW } from '../fixtures.ts'
import { mathematics } from '../mathematics.ts'

const pcrs = nitroPcrs()

/** As strict as can be. */
export const STRICT: NitroPolicy = {
  measurements: [
    {
      registers: {
        PCR0: pcrs[0] ?? new Uint8Array(),
        PCR1: pcrs[1] ?? new Uint8Array(),
        PCR2: pcrs[2] ?? new Uint8Array(),
        PCR8: pcrs[8] ?? new Uint8Array(),
      },
    },
  ],
  platforms: [Buffer.from('i-0123456789abcdef0')],
  revocation: 'checked',
  publicKey: 'bound',
  userData: skip('the key binding covers it'),
}

export interface Alteration {
  readonly enclave?: Partial<NitroOptions>
  readonly family?: Partial<NitroPolicy>
  readonly policy?: Partial<Policy>
  readonly quote?: (quote: Uint8Array) => Uint8Array
  /** The lists that come along; left out: those of root and region, which revoke nothing. */
  readonly lists?: (enclave: MadeNitroEnclave) => readonly Uint8Array[]
  /** Endorsements beside the lists. */
  readonly others?: readonly Uint8Array[]
  readonly roots?: readonly string[]
  readonly now?: number
  readonly binding?: Binding | null
}

export async function judge(alteration: Alteration = {}): Promise<Verdict> {
  const bound = binding()
  const userData = createHash('sha512').update(encodeBinding(bound)).digest()
  const enclave = nitroEnclave({ now: NOW, userData, publicKey: bound.hpkeX25519, ...alteration.enclave })
  const lists = alteration.lists?.(enclave) ?? enclave.crls()
  const endorsements = [...lists.map((list) => endorsement('crl', list)), ...(alteration.others ?? [])]
  const policy: Policy = {
    families: { nitro: { ...STRICT, ...alteration.family } },
    binding: 'required',
    nonce: bound.nonce,
    debug: 'refused',
    notAfter: 'ahead',
    maxAge: 60,
    clockSkew: 30,
    ...alteration.policy,
  }
  return verify(
    {
      type: 'nitro',
      quote: alteration.quote?.(enclave.document) ?? enclave.document,
      binding: alteration.binding === undefined ? bound : alteration.binding,
    },
    endorsements,
    policy,
    alteration.now ?? NOW,
    mathematics,
    appraisers(nitroAppraiser(alteration.roots ?? enclave.roots)),
  )
}

/** What the verdict fails with; nothing when it is positive. */
export async function failures(alteration?: Alteration): Promise<readonly FailureCode[]> {
  const verdict = await judge(alteration)
  return verdict.accepted ? [] : verdict.failures
}
