/** Genuine SGX and TDX evidence of the corpus, with its collateral, and the policy that just accepts it. */

import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { readCollateralJson } from '../src/files/collateral-json.ts'
import {
  hardwareOnlyPolicy,
  type Policy,
  type Skip,
  type TcbAcceptance,
  UP_TO_DATE,
  type Verdict,
  verify,
} from '../src/index.ts'
import { COLLATERAL_FILES, collateralFromFiles } from '../src/intel/collateral-files.ts'
import type { Mathematics } from '../src/mathematics.ts'
import { absent, at, read } from './corpus.ts'

export interface IntelSample {
  readonly type: 'sgx' | 'tdx'
  readonly quote: Uint8Array
  readonly endorsements: readonly Uint8Array[]
  /** Seconds since 1970 */
  readonly now: number
  readonly tcb: TcbAcceptance
}

const nothing = new Uint8Array(0)
const open = (path: string): Uint8Array => (absent ? nothing : read(path))
const json = (path: string): readonly Uint8Array[] =>
  absent ? [] : (readCollateralJson(open(path))?.endorsements ?? [])

export const TDX_UP_TO_DATE: IntelSample = {
  type: 'tdx',
  quote: open('tdx/phala-v4-uptodate/quote.bin'),
  endorsements: json('tdx/phala-v4-uptodate/collateral.json'),
  now: at('2025-07-01T00:00:00Z'),
  tcb: UP_TO_DATE,
}

export const SGX_HARDENING: IntelSample = {
  type: 'sgx',
  quote: open('sgx/phala-v3-cfgswhardening/quote.bin'),
  endorsements: json('sgx/phala-v3-cfgswhardening/collateral.json'),
  now: at('2025-07-01T00:00:00Z'),
  tcb: {
    statuses: ['ConfigurationAndSWHardeningNeeded'],
    advisories: ['INTEL-SA-00289', 'INTEL-SA-00615'],
  },
}

const GOOGLE = 'tdx/google-v4-spr-e4-NO-TCB-LEVEL'

export const TDX_NO_LEVEL: IntelSample = {
  type: 'tdx',
  quote: open(`${GOOGLE}/quote.bin`),
  endorsements: collateralFromFiles(
    new Map([...COLLATERAL_FILES.keys()].map((name) => [name, open(`${GOOGLE}/${name}`)])),
  ),
  now: at('2023-07-01T00:00:00Z'),
  tcb: UP_TO_DATE,
}

/** Everything checked but what is measured, and the TCB as given. */
export function policyFor(type: 'sgx' | 'tdx', tcb: TcbAcceptance | Skip): Policy {
  const policy = hardwareOnlyPolicy(type)
  const { sgx, tdx } = policy.families
  const families = sgx ? { sgx: { ...sgx, tcb } } : tdx ? { tdx: { ...tdx, tcb } } : {}
  return { ...policy, families }
}

export async function judge(sample: IntelSample, over: Mathematics = mathematics): Promise<Verdict> {
  const { type, quote, endorsements, now, tcb } = sample
  return verify({ type, quote, binding: null }, endorsements, policyFor(type, tcb), now, over)
}

/** The codes of a rejection; empty when it was accepted. */
export async function failures(sample: IntelSample): Promise<readonly string[]> {
  const verdict = await judge(sample)
  return verdict.accepted ? [] : verdict.failures
}
