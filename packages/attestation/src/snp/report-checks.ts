/** What every report must be, whatever the policy asks for. */
import { type Check, check } from '../checks.ts'
import type { SnpReport } from './report.ts'

/** Bits of the guest policy (AMD 56860, "Guest Policy"). */
export const GUEST_POLICY = {
  smt: 1n << 16n,
  /** Reserved, and always one. */
  one: 1n << 17n,
  migrationAgent: 1n << 18n,
  debug: 1n << 19n,
  singleSocket: 1n << 20n,
  /** The first bit without a meaning; all from here on are zero. */
  reserved: 1n << 26n,
} as const

const ECDSA_P384_SHA384 = 1

/** The least and the most privileged level a guest can ask from; the host's own requests carry 0xffffffff. */
const MOST_VMPL = 3

export function reportChecks(report: SnpReport): readonly Check[] {
  const { guestPolicy, signatureAlgorithm, vmpl } = report
  const isPolicy = (guestPolicy & GUEST_POLICY.one) !== 0n && guestPolicy < GUEST_POLICY.reserved
  return [
    check(
      'snp_signature_algorithm',
      signatureAlgorithm === ECDSA_P384_SHA384,
      `${ECDSA_P384_SHA384}, ECDSA on P-384 with SHA-384`,
      String(signatureAlgorithm),
    ),
    check('snp_reserved', report.isReservedZero, 'reserved fields are zero', report.isReservedZero ? 'so' : 'not so'),
    check(
      'snp_unsigned',
      report.isUnsignedZero,
      'bytes beyond the signature are zero',
      report.isUnsignedZero ? 'so' : 'not so',
    ),
    check('snp_guest_policy', isPolicy, 'bit 17 set, bits from 26 on clear', `0x${guestPolicy.toString(16)}`),
    // The host can ask for a report about a guest, with report data of its own choosing.
    check('snp_requester', vmpl <= MOST_VMPL, 'asked for by the guest', vmpl <= MOST_VMPL ? 'so' : 'by its host'),
  ]
}
