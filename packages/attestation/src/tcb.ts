/** How up to date the platform below the enclave is, in the vendor's own judgement. */
import { type Check, check } from './checks.ts'
import { form, isSkip, type Skip } from './skip.ts'

/** Intel's statuses (PCS API v4, "TCB Info"), of which `UpToDate` alone needs no excuse. */
export const TCB_STATUSES = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const
export type TcbStatus = (typeof TCB_STATUSES)[number]

/** One part of the platform: which security version it has, and which it would need. */
export interface TcbComponent {
  /** The vendor's name: `SGX component 7 (early microcode update)`, `bootloader`, `TDX module`. */
  readonly name: string
  readonly found: number
  /** What the newest level the vendor knows, or the policy, asks for; null where nothing is asked. */
  readonly required: number | null
}

export interface Tcb {
  /** Null in families whose vendor publishes no judgement (SNP: the policy's minimum judges). */
  readonly status: TcbStatus | null
  /** Advisories the vendor names for this level, such as `INTEL-SA-00615`: sorted, each once. */
  readonly advisories: readonly string[]
  readonly components: readonly TcbComponent[]
}

/** Which judgements a relying party tolerates. */
export interface TcbAcceptance {
  readonly statuses: readonly Exclude<TcbStatus, 'Revoked'>[]
  /** Advisories known not to matter, or mitigated. An advisory that is not listed is refused. */
  readonly advisories: readonly string[]
}

/** The default: nothing to excuse. */
export const UP_TO_DATE: TcbAcceptance = { statuses: ['UpToDate'], advisories: [] }

const ADVISORY = /^[A-Z]{2,16}-[A-Z0-9-]{1,24}$/

/** `Revoked` is not to be had: no measurement makes up for a platform whose keys are known. */
const isAcceptedStatus = form.oneOf(...TCB_STATUSES.filter((status) => status !== 'Revoked'))

export const isTcbAcceptance = form.record({
  statuses: form.listOf(isAcceptedStatus),
  advisories: form.listOf((part) => typeof part === 'string' && ADVISORY.test(part)),
})

/** The two checks on a vendor's judgement. What is short is named, and which advisories it means. */
export function tcbChecks(tcb: Tcb, accepted: TcbAcceptance | Skip): readonly Check[] {
  const status = tcb.status ?? 'no judgement'
  const advisories = tcb.advisories.join(', ') || 'none'
  if (isSkip(accepted)) {
    const revoked = check('tcb_status', false, 'a platform that is not revoked', status)
    const skipped = { outcome: 'skipped', reason: accepted.skip } as const
    return [tcb.status === 'Revoked' ? revoked : { name: 'tcb_status', ...skipped }, { name: 'advisories', ...skipped }]
  }
  const isAccepted = accepted.statuses.some((one) => one === tcb.status)
  const short = tcb.components
    .filter(({ found, required }) => required !== null && found < required)
    .map(({ name, found, required }) => `${name} is ${found}, needs ${required}`)
  return [
    check('tcb_status', isAccepted, `one of: ${accepted.statuses.join(', ') || 'none'}`, [status, ...short].join('; ')),
    check(
      'advisories',
      tcb.advisories.every((one) => accepted.advisories.includes(one)),
      `none beyond: ${accepted.advisories.join(', ') || 'none'}`,
      advisories,
    ),
  ]
}
