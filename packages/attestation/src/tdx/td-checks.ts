/** What a TD was launched with, held against the policy (TDX Module ABI, "TD_ATTRIBUTES" and "XFAM"). */
import { encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, type CheckName, check, unlessSkipped } from '../checks.ts'
import type { Skip } from '../skip.ts'
import type { TdxPolicy } from './policy.ts'
import type { TdReport } from './td-report.ts'

const SEPT_VE_DISABLE = 28
const MIGRATABLE = 29
/**
 * Attributes a TD may have: the above, LASS (27), PKS (30), KL (31), PERFMON (63). The first byte is about debugging and
 * profiling and is judged by {@link isDebug}. Any other bit is reserved, or gives the host something (ICSSD, TPA).
 */
const KNOWN_ATTRIBUTES = bits(0, 1, 2, 3, 4, 5, 6, 7, 27, SEPT_VE_DISABLE, MIGRATABLE, 30, 31, 63)
/** x87 and SSE, which every TD has. */
const XFAM_ALWAYS = 0x3n
/** x87, SSE, AVX, AVX-512, PT, PKRU, CET, ULI, LBR, AMX: all a TD can be given. */
const XFAM_ALLOWED = 0x6_dbe7n

/** Any bit of the first byte: the TD is under debug, or a profiler that reaches into it. */
export function isDebug({ tdAttributes }: TdReport): boolean {
  return tdAttributes[0] !== 0
}

export function tdChecks(report: TdReport, policy: TdxPolicy): readonly Check[] {
  const attributes = littleEndian(report.tdAttributes)
  const xfam = littleEndian(report.xfam)
  const shown = encodeHex(report.tdAttributes)
  const has = (bit: number): boolean => (attributes & bits(bit)) !== 0n
  return [
    check('tdx_attributes', (attributes & ~KNOWN_ATTRIBUTES) === 0n, 'no reserved attribute', shown),
    check(
      'tdx_xfam',
      (xfam & XFAM_ALWAYS) === XFAM_ALWAYS && (xfam & ~XFAM_ALLOWED) === 0n,
      'x87 and SSE, and nothing a TD cannot be given',
      encodeHex(report.xfam),
    ),
    unlessSkipped('tdx_sept_ve_disable', policy.septVeDisable, () => [
      has(SEPT_VE_DISABLE),
      'SEPT_VE_DISABLE set',
      shown,
    ]),
    unlessSkipped('tdx_migratable', policy.migratable, () => [!has(MIGRATABLE), 'MIGRATABLE not set', shown]),
    registerCheck('tdx_mrservicetd', policy.mrServiceTd, report.later?.mrServiceTd ?? new Uint8Array(48)),
    registerCheck('tdx_mrconfigid', policy.mrConfigId, report.mrConfigId),
    registerCheck('tdx_mrowner', policy.mrOwner, report.mrOwner),
    registerCheck('tdx_mrownerconfig', policy.mrOwnerConfig, report.mrOwnerConfig),
  ]
}

function registerCheck(name: CheckName, part: 'zero' | Uint8Array | Skip, found: Uint8Array): Check {
  return unlessSkipped(name, part, (wanted) => [
    wanted === 'zero' ? isZero(found) : equalBytes(found, wanted),
    wanted === 'zero' ? wanted : encodeHex(wanted),
    isZero(found) ? 'zero' : encodeHex(found),
  ])
}

function bits(...numbers: readonly number[]): bigint {
  return numbers.reduce((all, number) => all | (1n << BigInt(number)), 0n)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
