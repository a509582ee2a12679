/** A genuine SGX or TDX machine and everything to verify it with, so that a test alters one thing. */
import {
  type IntelOptions,
  intelMachine,
  type MadeCollateral,
  type MadeCollateralName,
  type MadeDocument,
} from '../../../testkit/src/vendor-pki/intel.ts'
import {
  appraisers,
  type EndorsementName,
  endorsement,
  type FailureCode,
  type Policy,
  skip,
  UP_TO_DATE,
  type Verdict,
  verify,
} from '../../src/index.ts'
import { sgxAppraiser } from '../../src/sgx/appraiser.ts'
import type { SgxPolicy } from '../../src/sgx/policy.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import type { TdxPolicy } from '../../src/tdx/policy.ts'
import { mathematics } from '../mathematics.ts'

export const NOW = 1_790_000_000
export const PPID = new Uint8Array(16).fill(0x5a)

/** As strict as can be: the machines of `intelMachine` are just good enough for it. */
export const SGX: SgxPolicy = {
  measurements: [{ registers: { MRENCLAVE: new Uint8Array(32).fill(0xa1), MRSIGNER: new Uint8Array(32).fill(0xb2) } }],
  platforms: [PPID],
  tcb: UP_TO_DATE,
  minTcbEvaluationDataNumber: 20,
  isvProdId: 7,
  minIsvSvn: 3,
  configId: new Uint8Array(64),
}

export const TDX: TdxPolicy = {
  measurements: [
    {
      registers: {
        MRTD: new Uint8Array(48).fill(0x22),
        RTMR0: new Uint8Array(48).fill(0x30),
        RTMR1: new Uint8Array(48).fill(0x31),
        RTMR2: new Uint8Array(48).fill(0x32),
        RTMR3: new Uint8Array(48).fill(0x33),
      },
    },
  ],
  platforms: [PPID],
  tcb: UP_TO_DATE,
  minTcbEvaluationDataNumber: 20,
  septVeDisable: 'required',
  migratable: 'refused',
  mrServiceTd: 'zero',
  mrConfigId: 'zero',
  mrOwner: 'zero',
  mrOwnerConfig: 'zero',
}

export interface Alteration extends Partial<IntelOptions> {
  readonly sgx?: Partial<SgxPolicy>
  readonly tdx?: Partial<TdxPolicy>
  readonly quote?: (quote: Uint8Array) => Uint8Array
  /** Alters pieces after they were signed; undefined leaves one out. */
  readonly collateral?: (made: MadeCollateral) => { readonly [Name in MadeCollateralName]?: Uint8Array | undefined }
  readonly endorsements?: (made: readonly Uint8Array[]) => readonly Uint8Array[]
  /** Verifies at this moment what was made for {@link NOW}. */
  readonly at?: number
  /** Believes these roots instead. */
  readonly roots?: readonly string[]
}

export async function judge(alteration: Alteration): Promise<Verdict> {
  const { tee = 'tdx', sgx, tdx, at = NOW } = alteration
  const machine = intelMachine({ ...alteration, now: NOW, tee })
  const pieces = { ...machine.collateral, ...alteration.collateral?.(machine.collateral) }
  const made = Object.entries(pieces).flatMap(([name, bytes]) =>
    bytes ? [endorsement(name as EndorsementName, bytes)] : [],
  )
  const roots = alteration.roots ?? machine.roots
  return verify(
    { type: tee, quote: alteration.quote?.(machine.quote) ?? machine.quote, binding: null },
    alteration.endorsements?.(made) ?? made,
    policyOf({ ...SGX, ...sgx }, { ...TDX, ...tdx }),
    at,
    mathematics,
    appraisers(sgxAppraiser(roots), tdxAppraiser(roots)),
  )
}

const unbound = skip('a machine of the test vendor runs no enclave')

function policyOf(sgx: SgxPolicy, tdx: TdxPolicy): Policy {
  return {
    families: { sgx, tdx },
    binding: unbound,
    nonce: unbound,
    debug: 'refused',
    notAfter: unbound,
    maxAge: unbound,
    clockSkew: unbound,
  }
}

/** The codes of a rejection; empty when it was accepted. */
export async function failures(alteration: Alteration): Promise<readonly FailureCode[]> {
  const verdict = await judge(alteration)
  return verdict.accepted ? [] : verdict.failures
}

/** What `check` found, in words. */
export async function found(alteration: Alteration, name: string): Promise<string> {
  const { checks } = await judge(alteration)
  return checks.map((one) => (one.name === name && one.outcome !== 'skipped' ? one.found : '')).join('')
}

export function put(at: number, ...bytes: readonly number[]): (structure: Uint8Array) => Uint8Array {
  return (structure) => {
    const altered = structure.slice()
    altered.set(bytes, at)
    return altered
  }
}

/** Sets members of a document, and leaves out those set to undefined. */
export function members(set: MadeDocument): (document: MadeDocument) => MadeDocument {
  return (document) => JSON.parse(JSON.stringify({ ...document, ...set })) as MadeDocument
}

/** Rewrites the levels of a document. */
export function levels(
  alter: (levels: MadeDocument[]) => readonly unknown[],
): (document: MadeDocument) => MadeDocument {
  return (document) => ({ ...document, tcbLevels: alter(document['tcbLevels'] as MadeDocument[]) })
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}

export function bytesOf(written: string): Uint8Array {
  return new Uint8Array(Buffer.from(written, 'utf8'))
}
