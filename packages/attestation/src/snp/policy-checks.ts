/** What the relying party asks of a report. */
import { encodeHex, equalBytes, isZero } from '../bytes/index.ts'
import { type Check, check, unlessSkipped } from '../checks.ts'
import { isSkip } from '../skip.ts'
import type { TcbComponent } from '../tcb.ts'
import { signingKeyOf } from './endorsement-checks.ts'
import type { SnpPolicy, SnpProduct, SnpTcbMinimum } from './policy.ts'
import type { SnpReport } from './report.ts'
import { GUEST_POLICY } from './report-checks.ts'
import { readSnpTcb, tcbComponents } from './tcb-version.ts'

/** Bits of the platform info (AMD 56860, "PLATFORM_INFO"). Bits that are not known say nothing we rely on. */
const PLATFORM_INFO = { smt: 1n << 0n, ecc: 1n << 2n, aliasCheck: 1n << 5n } as const

const AUTHOR_KEY_ENABLED = 1

export function policyChecks(report: SnpReport, product: SnpProduct | null, policy: SnpPolicy): readonly Check[] {
  return [
    ...minimumChecks(report, product, policy),
    unlessSkipped('snp_vmpl', policy.vmpl, (vmpl) => [report.vmpl === vmpl, String(vmpl), String(report.vmpl)]),
    ...guestPolicyChecks(report, policy),
    ...platformChecks(report, policy),
    ...identityChecks(report, policy),
  ]
}

/** Least versions the policy asks for of a product; null where it asks for none. */
export function minimumOf({ minTcb }: SnpPolicy, product: SnpProduct): SnpTcbMinimum | null {
  return isSkip(minTcb) ? null : (minTcb[product] ?? null)
}

/**
 * Of the firmware the report vouches for, and of the one the guest was launched by: a guest that was launched by firmware with a
 * hole stays in doubt when the machine is updated below it.
 */
function minimumChecks({ tcb }: SnpReport, product: SnpProduct | null, policy: SnpPolicy): readonly Check[] {
  return (['reported', 'launch'] as const).map((moment) =>
    unlessSkipped(`snp_tcb_${moment}`, policy.minTcb, () => {
      const minimum = product && minimumOf(policy, product)
      if (!minimum) return [false, 'a product the policy names', product ?? 'an unknown product']
      const parts = tcbComponents(readSnpTcb(tcb[moment], product), minimum)
      const short = parts.filter(({ found, required }) => required !== null && found < required)
      const expected = parts.map(({ name, required }) => `${name} ${required}`).join(', ')
      return [short.length === 0, `at least: ${expected}`, describe(short.length > 0 ? short : parts)]
    }),
  )
}

function describe(parts: readonly TcbComponent[]): string {
  return parts
    .map(({ name, found, required }) => `${name} is ${found}${found < (required ?? 0) ? `, needs ${required}` : ''}`)
    .join('; ')
}

function guestPolicyChecks({ guestPolicy }: SnpReport, { guestPolicy: asked }: SnpPolicy): readonly Check[] {
  const isSet = (bit: bigint): boolean => (guestPolicy & bit) !== 0n
  const abi = Number(guestPolicy & 0xffffn)
  const bit = (name: Check['name'], is: boolean, wanted: string, isGood: boolean): Check =>
    check(name, isGood, wanted, is ? 'set' : 'not set')
  const [smt, agent, single] = [
    isSet(GUEST_POLICY.smt),
    isSet(GUEST_POLICY.migrationAgent),
    isSet(GUEST_POLICY.singleSocket),
  ]
  if (isSkip(asked)) {
    const names = ['snp_policy_smt', 'snp_policy_migration', 'snp_policy_single_socket', 'snp_policy_abi'] as const
    return names.map((name) => ({ name, outcome: 'skipped', reason: asked.skip }))
  }
  return [
    bit('snp_policy_smt', smt, `SMT ${asked.smt}`, asked.smt === 'allowed' || !smt),
    bit(
      'snp_policy_migration',
      agent,
      `migration agent ${asked.migrationAgent}`,
      asked.migrationAgent === 'allowed' || !agent,
    ),
    bit(
      'snp_policy_single_socket',
      single,
      `single socket: ${asked.singleSocket}`,
      asked.singleSocket === 'any' || single,
    ),
    check('snp_policy_abi', abi >= asked.minAbi, `at least ${describeAbi(asked.minAbi)}`, describeAbi(abi)),
  ]
}

function describeAbi(abi: number): string {
  return `ABI ${abi >>> 8}.${abi & 0xff}`
}

function platformChecks({ platformInfo }: SnpReport, { platformInfo: asked }: SnpPolicy): readonly Check[] {
  if (isSkip(asked)) {
    const names = ['snp_platform_alias_check', 'snp_platform_smt', 'snp_platform_ecc'] as const
    return names.map((name) => ({ name, outcome: 'skipped', reason: asked.skip }))
  }
  const isSet = (bit: bigint): boolean => (platformInfo & bit) !== 0n
  const [alias, smt, ecc] = [isSet(PLATFORM_INFO.aliasCheck), isSet(PLATFORM_INFO.smt), isSet(PLATFORM_INFO.ecc)]
  return [
    check(
      'snp_platform_alias_check',
      asked.aliasCheck === 'any' || alias,
      `alias check: ${asked.aliasCheck}`,
      alias ? 'complete' : 'not complete',
    ),
    check('snp_platform_smt', asked.smt === 'allowed' || !smt, `SMT ${asked.smt}`, smt ? 'on' : 'off'),
    check('snp_platform_ecc', asked.ecc === 'any' || ecc, `ECC: ${asked.ecc}`, ecc ? 'on' : 'off'),
  ]
}

function identityChecks(report: SnpReport, policy: SnpPolicy): readonly Check[] {
  const { idKeyDigest, authorKeyDigest, hostData, guestSvn, keyInfo } = report
  const hasAuthorKey = (keyInfo & AUTHOR_KEY_ENABLED) !== 0
  const oneOf = (
    list: readonly Uint8Array[],
    found: Uint8Array,
  ): readonly [passed: boolean, expected: string, found: string] => [
    list.some((one) => equalBytes(one, found)) && !isZero(found),
    `one of: ${list.map(encodeHex).join(', ') || 'none'}`,
    encodeHex(found),
  ]
  const signer = signingKeyOf(report)
  return [
    unlessSkipped('snp_signing_key_kind', policy.signingKeys, (kinds) => [
      kinds.some((kind) => kind === signer),
      `one of: ${kinds.join(', ') || 'none'}`,
      signer ?? 'another key',
    ]),
    unlessSkipped('snp_id_key', policy.idKeyDigests, (digests) => oneOf(digests, idKeyDigest)),
    unlessSkipped('snp_author_key', policy.authorKeyDigests, (digests) => {
      const [passed, expected, found] = oneOf(digests, authorKeyDigest)
      return [passed && hasAuthorKey, expected, hasAuthorKey ? found : 'no author key']
    }),
    unlessSkipped('snp_host_data', policy.hostData, (data) => {
      const wanted = data === 'zero' ? new Uint8Array(hostData.length) : data
      return [equalBytes(wanted, hostData), encodeHex(wanted), encodeHex(hostData)]
    }),
    unlessSkipped('snp_guest_svn', policy.minGuestSvn, (least) => [
      guestSvn >= least,
      `at least ${least}`,
      String(guestSvn),
    ]),
  ]
}
