/** Revocation by CRL (RFC 5280 section 6.3) of the certificates of a chain, all lists at hand: nothing is fetched. */
import { equalBytes } from '../bytes/index.ts'
import { type Check, type CheckName, check } from '../checks.ts'
import type { Mathematics } from '../mathematics.ts'
import type { Term } from '../validity.ts'
import type { X509Certificate } from './certificate.ts'
import { isSignedBy } from './chain.ts'
import { readCrl, serialKey, type X509Crl } from './crl.ts'
import { KEY_USAGE } from './extensions.ts'
import { OID } from './oids.ts'

export interface RevocationExpectation {
  /** For people, before each expectation: `PCK chain`. */
  readonly what: string
  /** Seconds since 1970 */
  readonly now: number
  readonly mathematics: Mathematics
  /** Which certificates a list must be at hand for, by place in the chain (0 is the leaf); the root is never asked for. */
  readonly covered: (certificate: X509Certificate, index: number) => boolean
}

export interface RevocationAppraisal {
  readonly checks: readonly Check[]
  readonly terms: readonly Term[]
}

const KNOWN_EXTENSIONS: readonly string[] = [OID.crlNumber, OID.authorityKeyIdentifier, OID.issuingDistributionPoint]

interface Placed {
  readonly crl: X509Crl
  /** The certificate of the chain that issued it, or null. */
  readonly issuer: X509Certificate | null
}

/**
 * Holds `chain` (leaf first, as {@link appraiseChain} returns it) against DER lists. A list that is of no issuer of this chain, or
 * does not hold in every respect, is a failure even where no certificate needs it.
 */
export async function appraiseRevocation(
  chain: readonly X509Certificate[],
  lists: readonly Uint8Array[],
  { what, now, mathematics, covered }: RevocationExpectation,
): Promise<RevocationAppraisal> {
  const crls = readAll(lists)
  const form = check('crl_form', crls !== null, `${what}: X.509 revocation lists`, crls ? 'so' : 'another thing')
  if (!crls) return { checks: [form], terms: [] }

  const placed = crls.map((crl): Placed => ({ crl, issuer: issuerOf(crl, chain) }))
  const signed = await Promise.all(
    placed.map(async ({ crl, issuer }) => issuer !== null && isSignedBy(crl, issuer, mathematics)),
  )
  const rule = (name: CheckName, expected: string, holds: (one: Placed, index: number) => boolean): Check => {
    const wrong = placed.flatMap((one, index) => (holds(one, index) ? [] : [`list ${index + 1} of ${placed.length}`]))
    return check(
      name,
      wrong.length === 0,
      `${what}: ${expected}`,
      wrong.length === 0 ? 'so' : `not so: ${wrong.join(', ')}`,
    )
  }
  const open = chain.slice(0, -1)
  const missing = open.flatMap((one, index) =>
    covered(one, index) && !crls.some((crl) => isAbout(crl, one)) ? [`certificate ${index + 1}`] : [],
  )
  const revoked = open.flatMap((one, index) =>
    crls.some((crl) => equalBytes(crl.issuer, one.issuer) && crl.revoked.has(serialKey(one.serial)))
      ? [`certificate ${index + 1}`]
      : [],
  )
  return {
    checks: [
      form,
      rule('crl_issuer', 'each of a CA of the chain that may sign lists', ({ issuer }) => issuer !== null),
      rule('crl_critical', 'every critical extension is understood', ({ crl }) => hasKnownExtensions(crl)),
      rule('crl_not_before', 'all have begun', ({ crl }) => crl.thisUpdate <= now),
      rule('crl_not_after', 'none has ended', ({ crl }) => now <= crl.nextUpdate),
      rule('crl_signature', 'each is signed by its issuer', (_one, index) => signed[index] === true),
      check(
        'crl_coverage',
        missing.length === 0,
        `${what}: a list for each certificate that needs one`,
        missing.length === 0 ? 'so' : `none for ${missing.join(', ')}`,
      ),
      check(
        'revocation',
        revoked.length === 0,
        `${what}: no certificate is revoked`,
        revoked.length === 0 ? 'none is' : `${revoked.join(', ')} of the chain`,
      ),
    ],
    terms: crls.map(({ thisUpdate, nextUpdate }, index) => ({
      what: `${what}, revocation list ${index + 1}`,
      notBefore: thisUpdate,
      notAfter: nextUpdate,
    })),
  }
}

function readAll(lists: readonly Uint8Array[]): readonly X509Crl[] | null {
  try {
    return lists.map(readCrl)
  } catch {
    return null
  }
}

/** Only a certificate that issued another one of this chain is asked about, so the leaf never vouches for a list. */
function issuerOf(crl: X509Crl, chain: readonly X509Certificate[]): X509Certificate | null {
  const issuer = chain.slice(1).find(({ subject }) => equalBytes(subject, crl.issuer))
  if (!issuer || issuer.keyUsage?.has(KEY_USAGE.crlSign) !== true) return null
  const { authorityKeyId } = crl
  const isOfKey =
    authorityKeyId === null || issuer.subjectKeyId === null || equalBytes(authorityKeyId, issuer.subjectKeyId)
  return isOfKey ? issuer : null
}

function hasKnownExtensions(crl: X509Crl): boolean {
  const isKnown = ([name, { isCritical }]: readonly [string, { readonly isCritical: boolean }]): boolean =>
    !isCritical || KNOWN_EXTENSIONS.includes(name)
  return !crl.hasCriticalEntry && [...crl.extensions].every(isKnown)
}

/** RFC 5280 section 6.3.3 (b): same issuer, a distribution point in common where the list names any, the right kind. */
function isAbout({ issuer, scope }: X509Crl, certificate: X509Certificate): boolean {
  const isCa = certificate.basicConstraints?.isCa ?? false
  return (
    equalBytes(issuer, certificate.issuer) &&
    (scope.only === null || (scope.only === 'ca') === isCa) &&
    (scope.distributionPoints.length === 0 ||
      scope.distributionPoints.some((uri) => certificate.crlDistributionPoints.includes(uri)))
  )
}
