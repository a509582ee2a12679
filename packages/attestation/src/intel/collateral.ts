/** Intel's collateral among the endorsements: what is there and what is missing. Nothing in it is believed yet. */
import { type Check, check } from '../checks.ts'
import { type EndorsementName, readEndorsements, single } from '../endorsements.ts'

/** Without all of these there is no verdict but a negative one. */
export const REQUIRED_COLLATERAL = [
  'tcb-info',
  'tcb-info-issuer-chain',
  'qe-identity',
  'qe-identity-issuer-chain',
  'pck-crl',
  'root-ca-crl',
] as const satisfies EndorsementName[]

/** The PCK CRL's issuer is the CA in the quote's own chain; where it is given once more it has to be the same. */
const OPTIONAL = ['pck-crl-issuer-chain'] as const satisfies EndorsementName[]

export type CollateralName = (typeof REQUIRED_COLLATERAL)[number] | (typeof OPTIONAL)[number]

/** Each piece, in memory of its own, or null where it is missing. */
export type Collateral = Readonly<Record<CollateralName, Uint8Array | null>>

const NOTHING: Collateral = {
  'tcb-info': null,
  'tcb-info-issuer-chain': null,
  'qe-identity': null,
  'qe-identity-issuer-chain': null,
  'pck-crl': null,
  'pck-crl-issuer-chain': null,
  'root-ca-crl': null,
}

export function readCollateral(endorsements: readonly Uint8Array[]): {
  readonly collateral: Collateral
  readonly checks: readonly Check[]
} {
  const expected = `labelled collateral: ${[...REQUIRED_COLLATERAL, ...OPTIONAL].join(', ')}`
  let collateral: Collateral = NOTHING
  let isRead = true
  try {
    const given = readEndorsements(endorsements, [...REQUIRED_COLLATERAL, ...OPTIONAL])
    const pieces = [...REQUIRED_COLLATERAL, ...OPTIONAL].map(
      (name) => [name, single(given, name)?.slice() ?? null] as const,
    )
    collateral = Object.fromEntries(pieces) as Record<CollateralName, Uint8Array | null>
  } catch {
    isRead = false
  }
  const missing = REQUIRED_COLLATERAL.filter((name) => collateral[name] === null)
  return {
    collateral,
    checks: [
      check('endorsements', isRead, expected, isRead ? 'so' : 'something else'),
      check(
        'intel_collateral',
        missing.length === 0,
        `all of: ${REQUIRED_COLLATERAL.join(', ')}`,
        missing.length === 0 ? 'all' : `missing: ${missing.join(', ')}`,
      ),
    ],
  }
}
