/** The TDX module below the TD: who signed it, which version it has, and whether the TD should be launched again. */
import { encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import { masked } from '../intel/qe-identity.ts'
import type { ModuleIdentity, ModuleLevel, TcbInfo } from '../intel/tcb-info.ts'
import { MODULE_SVNS } from '../intel/tcb-level.ts'
import { isOutOfDate, needsConfiguration } from '../intel/tcb-status.ts'
import type { TcbComponent, TcbStatus } from '../tcb.ts'
import type { TdReport } from './td-report.ts'

export interface ModuleAppraisal {
  readonly checks: readonly Check[]
  /** Null for module version 0, which TCB levels judge, and where none was found. */
  readonly level: ModuleLevel | null
  readonly components: readonly TcbComponent[]
}

export function appraiseModule(report: TdReport, info: TcbInfo): ModuleAppraisal {
  const [minor = 0, major = 0] = report.teeTcbSvn
  if (major === 0) return { checks: [signerCheck(report, info.module)], level: null, components: [] }

  const identity = moduleIdentity(info, major)
  const identified = check(
    'tdx_module_identity',
    identity !== undefined,
    `one of: ${info.moduleIdentities.map(({ id }) => id).join(', ') || 'none'}`,
    moduleName(major),
  )
  if (!identity) return { checks: [identified], level: null, components: [] }
  const level = identity.levels.find(({ isvSvn }) => minor >= isvSvn) ?? null
  return {
    checks: [
      identified,
      signerCheck(report, identity),
      check(
        'tdx_module_level',
        level !== null,
        `${identity.id} version ${identity.levels.at(-1)?.isvSvn ?? 'none'} or newer`,
        `version ${minor}${level ? `, ${level.status}` : ''}`,
      ),
    ],
    level,
    components: [{ name: `TDX module ${identity.id}`, found: minor, required: identity.levels[0]?.isvSvn ?? null }],
  }
}

function signerCheck(
  report: TdReport,
  signer: Pick<ModuleIdentity, 'mrSigner' | 'attributes' | 'attributesMask'> | null,
): Check {
  const { mrSignerSeam, seamAttributes } = report
  const isSame =
    signer !== null &&
    equalBytes(mrSignerSeam, signer.mrSigner) &&
    equalBytes(masked(seamAttributes, signer.attributesMask), signer.attributes)
  return check(
    'tdx_module_signer',
    isSame,
    signer ? describe(signer.mrSigner, signer.attributes) : 'a module TCB info knows',
    describe(mrSignerSeam, seamAttributes),
  )
}

function describe(signer: Uint8Array, attributes: Uint8Array): string {
  return `signer ${isZero(signer) ? 'Intel (zero)' : encodeHex(signer)}, attributes ${encodeHex(attributes)}`
}

function moduleIdentity(info: TcbInfo, major: number): ModuleIdentity | undefined {
  return info.moduleIdentities.find(({ id }) => id === moduleName(major))
}

function moduleName(major: number): string {
  return `TDX_${major.toString(16).toUpperCase().padStart(2, '0')}`
}

/**
 * Whether it is only the TD that is old: launched under a module that was out of date, on a platform that has since been
 * brought up to date, as TEE_TCB_SVN_2 of TDX 1.5 shows. Launching it again mends that (QVL, `checkForRelaunch`).
 *
 * @param sgx status of the level the platform reaches without its TDX part
 * @param tdx status of level and module together
 */
export function relaunchStatus(
  report: TdReport,
  info: TcbInfo,
  { sgx, tdx, module }: { readonly sgx: TcbStatus; readonly tdx: TcbStatus; readonly module: TcbStatus | null },
): TcbStatus {
  const newest = info.levels[0]?.tdx
  const isTdAlone = !isOutOfDate(sgx) && sgx !== 'Revoked' && isOutOfDate(tdx) && module === 'OutOfDate'
  if (report.later === null || !newest || !isTdAlone) return tdx
  const { teeTcbSvn2 } = report.later
  const [minor = 0, major = 0] = teeTcbSvn2
  const wanted = major === 0 ? newest[0]?.svn : moduleIdentity(info, major)?.levels[0]?.isvSvn
  // All of them: what is old beside the module now, launching again does not mend.
  const isBelowMended = newest.every(({ svn }, at) => at < MODULE_SVNS || (teeTcbSvn2[at] ?? 0) >= svn)
  const isMended = wanted !== undefined && minor >= wanted && isBelowMended
  if (!isMended) return tdx
  return needsConfiguration(sgx) || needsConfiguration(tdx)
    ? 'TDRelaunchAdvisedConfigurationNeeded'
    : 'TDRelaunchAdvised'
}
