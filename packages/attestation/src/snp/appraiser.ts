import type { Appraisal, Appraiser } from '../appraiser.ts'
import { isZero } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Claims, Platform } from '../claims.ts'
import { every, readEndorsements } from '../endorsements.ts'
import type { Mathematics } from '../mathematics.ts'
import { namedTcbChecks } from '../named-tcb.ts'
import { isSkip } from '../skip.ts'
import { appraiseChain, appraiseRevocation, type ChainAppraisal, type RevocationAppraisal } from '../x509/index.ts'
import { endorsementChecks, isSignedByKey, signingKeyOf } from './endorsement-checks.ts'
import { type EndorsementKey, readEndorsementKey } from './endorsement-key.ts'
import { isSnpPolicy, type SnpPolicy, type SnpProduct } from './policy.ts'
import { minimumOf, policyChecks } from './policy-checks.ts'
import { productOfCpuid } from './product.ts'
import { readSnpReport, SNP_REPORT_SIZE, type SnpReport } from './report.ts'
import { GUEST_POLICY, reportChecks } from './report-checks.ts'
import { readSnpTcb, tcbComponents } from './tcb-version.ts'

const CHAIN = 'AMD chain'

/** Place of ASK or ASVK in the chain: what AMD's lists are about. VEKs have no list; they end with the firmware version. */
const INTERMEDIATE = 1

/** SHA-256 of the accepted ARKs, hexadecimal, by product line. */
export type SnpRoots = Readonly<Record<SnpProduct, readonly string[]>>

/**
 * Reads AMD SEV-SNP reports, versions 2 to 5. Endorsements: three of `certificate`, in the order VCEK, ASK, ARK or VLEK, ASVK, ARK,
 * and any `crl` of the ARK. `quote` is the report, 1184 bytes.
 */
export function snpAppraiser(rootsOf: SnpRoots): Appraiser<'snp'> {
  return {
    type: 'snp',
    indispensable: [
      'evidence_form',
      'endorsements',
      'chain_form',
      'root',
      'chain_signatures',
      'snp_certificate',
      'snp_signing_key',
      'snp_product',
      'snp_chip_id',
      'snp_tcb_certificate',
      'snp_unsigned',
    ],
    isPolicy: isSnpPolicy,
    async appraise(evidence, endorsements, { family: policy, now, mathematics }): Promise<Appraisal> {
      const report = orNull(() => readSnpReport(evidence.quote))
      const given = orNull(() => readEndorsements(endorsements, ['certificate', 'crl']))
      const certificates = given ? every(given, 'certificate') : []
      const [leaf] = certificates
      const key = leaf ? orNull(() => readEndorsementKey(leaf)) : null
      // The slowest of the signatures: begun first and awaited last, so that a port with several processors checks it meanwhile.
      const signed = report && key ? isSignedByKey(report, key, mathematics) : false
      const roots = key ? rootsOf[key.product] : []
      const chain = await appraiseChain(certificates, { what: CHAIN, roots, length: 3, now, mathematics })
      const revocation = await appraiseLists(chain, given ? every(given, 'crl') : [], policy, now, mathematics)
      const isSigned = await signed
      const product = key?.product ?? (report?.cpuid ? productOfCpuid(report.cpuid) : null)
      const isForm = `a report of ${SNP_REPORT_SIZE} bytes, version 2 to 5`
      const claims = report && claimsOf(report, key, product, policy)
      const checks: readonly Check[] = [
        check('evidence_form', report !== null, isForm, report ? `version ${report.version}` : 'another thing'),
        check('endorsements', given !== null, 'certificates and revocation lists', given ? 'so' : 'another thing'),
        ...(report ? reportChecks(report) : []),
        ...chain.checks,
        ...revocation.checks,
        ...endorsementChecks(report, key),
        check('signature', isSigned, 'by the endorsement key', isSigned ? 'by it' : 'not by it'),
        ...(report ? policyChecks(report, product, policy) : []),
        ...(claims ? namedTcbChecks(claims.measurements, policy.measurements, claims.tcb) : []),
      ]
      return {
        checks,
        claims,
        terms: [...chain.terms, ...revocation.terms],
      }
    },
  }
}

/** Lists that come along are always looked at; that none comes is a failure unless the policy says why it is not. */
async function appraiseLists(
  { certificates }: ChainAppraisal,
  lists: readonly Uint8Array[],
  { revocation }: SnpPolicy,
  now: number,
  mathematics: Mathematics,
): Promise<RevocationAppraisal> {
  if (isSkip(revocation) && lists.length === 0) {
    return { checks: [{ name: 'revocation', outcome: 'skipped', reason: revocation.skip }], terms: [] }
  }
  if (!certificates) {
    const missing = check('crl_coverage', false, `${CHAIN}: a list for each certificate that needs one`, 'no chain')
    return { checks: [missing], terms: [] }
  }
  const covered = (_certificate: unknown, index: number): boolean => index === INTERMEDIATE
  return appraiseRevocation(certificates, lists, { what: CHAIN, now, mathematics, covered })
}

function claimsOf(
  report: SnpReport,
  key: EndorsementKey | null,
  product: SnpProduct | null,
  policy: SnpPolicy,
): Claims {
  return {
    measurements: { MEASUREMENT: report.measurement },
    reportData: report.reportData,
    nonce: null,
    debug: (report.guestPolicy & GUEST_POLICY.debug) !== 0n,
    issuedAt: null,
    platform: platformOf(report, key),
    tcb: product && {
      status: null,
      advisories: [],
      components: tcbComponents(readSnpTcb(report.tcb.reported, product), minimumOf(policy, product)),
    },
    details: {
      family: 'snp',
      reportVersion: report.version,
      product,
      signingKey: signingKeyOf(report),
      vmpl: report.vmpl,
      guestPolicy: report.guestPolicy,
      platformInfo: report.platformInfo,
      guestSvn: report.guestSvn,
      hostData: report.hostData,
      idKeyDigest: report.idKeyDigest,
      authorKeyDigest: report.authorKeyDigest,
    },
  }
}

/** Of a VLEK the cloud it was given to; else the chip, where it is not masked. */
function platformOf({ chipId }: SnpReport, key: EndorsementKey | null): Platform | null {
  if (key?.kind === 'vlek') return { kind: 'csp-id', id: key.subject }
  return isZero(chipId) ? null : { kind: 'chip-id', id: chipId }
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
