import { TCB_STATUSES, type TcbStatus } from '../tcb.ts'
import { list, type Members, text } from './members.ts'

/** Statuses documents give a level; the two about relaunching only a verifier arrives at. */
const LEVEL_STATUSES = TCB_STATUSES.filter((status) => !status.startsWith('TDRelaunch'))

/** What Intel says about one level of security versions. */
export interface Judgement {
  readonly status: TcbStatus
  readonly advisories: readonly string[]
}

/** `tcbStatus` and `advisoryIDs` of a level. */
export function readJudgement(level: Members): Judgement {
  const written = text(level.get('tcbStatus'))
  const status = LEVEL_STATUSES.find((one) => one === written)
  if (status === undefined) throw new TypeError('an unknown status')
  const advisories = list(level.get('advisoryIDs') ?? [], 256).map(text)
  if (!advisories.every((one) => /^[A-Z]{2,16}-[A-Z0-9-]{1,24}$/.test(one)))
    throw new TypeError('an advisory of another form')
  return { status, advisories }
}

/**
 * The platform's status together with that of a part that certifies it (quoting enclave, TDX module): a part that is out of
 * date makes the whole out of date, and a revoked one revokes it.
 */
export function converge(platform: TcbStatus, part: TcbStatus): TcbStatus {
  if (platform === 'Revoked' || part === 'Revoked') return 'Revoked'
  if (part === 'UpToDate') return platform
  // Parts are up to date, out of date or revoked. Any other word about one counts as out of date.
  if (platform === 'OutOfDate' || platform.startsWith('TDRelaunch')) return platform
  return needsConfiguration(platform) ? 'OutOfDateConfigurationNeeded' : 'OutOfDate'
}

export function needsConfiguration(status: TcbStatus): boolean {
  return status.includes('Configuration')
}

export function isOutOfDate(status: TcbStatus): boolean {
  return status.startsWith('OutOfDate')
}
