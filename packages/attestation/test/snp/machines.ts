/** A genuine SNP machine and everything to verify it with, so that a test alters one thing. */
import { type AmdOptions, amdMachine } from '../../../testkit/src/vendor-pki/index.ts'
import { appraisers, endorsement, type FailureCode, type Policy, skip, type Verdict, verify } from '../../src/index.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import type { SnpPolicy } from '../../src/snp/policy.ts'
import { mathematics } from '../mathematics.ts'

export const NOW = 1_790_000_000

/** As strict as can be: the machine of `amdMachine` is just good enough for it. */
export const STRICT: SnpPolicy = {
  measurements: [{ registers: { MEASUREMENT: new Uint8Array(48).fill(0xa1) } }],
  platforms: skip('several machines'),
  minTcb: {
    Milan: { bootloader: 4, tee: 1, snp: 24, microcode: 219, fmc: 0 },
    Genoa: { bootloader: 10, tee: 2, snp: 23, microcode: 84, fmc: 0 },
    Turin: { bootloader: 2, tee: 3, snp: 4, microcode: 81, fmc: 1 },
  },
  revocation: 'checked',
  vmpl: 0,
  guestPolicy: { smt: 'allowed', migrationAgent: 'refused', singleSocket: 'any', minAbi: 0x1f },
  platformInfo: { aliasCheck: 'required', smt: 'allowed', ecc: 'required' },
  signingKeys: ['vcek', 'vlek'],
  idKeyDigests: [new Uint8Array(48).fill(0xc3)],
  authorKeyDigests: skip('none in use'),
  hostData: new Uint8Array(32).fill(0xb2),
  minGuestSvn: 2,
}

const unbound = skip('a machine of the test vendor runs no enclave')

export function policyOf(snp: Partial<SnpPolicy> = {}): Policy {
  return {
    families: { snp: { ...STRICT, ...snp } },
    binding: unbound,
    nonce: unbound,
    debug: 'refused',
    notAfter: unbound,
    maxAge: unbound,
    clockSkew: unbound,
  }
}

export interface Alteration {
  readonly machine?: Partial<AmdOptions>
  readonly policy?: Partial<SnpPolicy>
  readonly quote?: (quote: Uint8Array) => Uint8Array
  /** Alters the chain: endorsement key, intermediate, root. */
  readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[]
  /** The lists that come along, by what the machine is; left out: one that revokes nothing. */
  readonly lists?: (machine: ReturnType<typeof amdMachine>) => readonly Uint8Array[]
  /** Endorsements beside chain and lists. */
  readonly others?: readonly Uint8Array[]
  readonly now?: number
}

export async function judge(alteration: Alteration = {}): Promise<Verdict> {
  const machine = amdMachine({ now: NOW, ...alteration.machine })
  const chain = alteration.chain?.(machine.chain) ?? machine.chain
  const lists = alteration.lists?.(machine) ?? [machine.revoke([])]
  const endorsements = [
    ...chain.map((one) => endorsement('certificate', one)),
    ...lists.map((one) => endorsement('crl', one)),
    ...(alteration.others ?? []),
  ]
  const quote = alteration.quote?.(machine.report) ?? machine.report
  return verify(
    { type: 'snp', quote, binding: null },
    endorsements,
    policyOf(alteration.policy),
    alteration.now ?? NOW,
    mathematics,
    appraisers(snpAppraiser(machine.roots)),
  )
}

export async function failures(alteration: Alteration): Promise<readonly FailureCode[]> {
  const verdict = await judge(alteration)
  return verdict.accepted ? [] : verdict.failures
}
