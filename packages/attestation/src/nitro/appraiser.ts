import type { Appraisal, Appraiser } from '../appraiser.ts'
import { encodeUtf8, isZero } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Claims } from '../claims.ts'
import { every, readEndorsements } from '../endorsements.ts'
import type { Mathematics } from '../mathematics.ts'
import { isSkip } from '../skip.ts'
import {
  appraiseChain,
  appraiseRevocation,
  type ChainAppraisal,
  type RevocationAppraisal,
  type X509Certificate,
} from '../x509/index.ts'
import { type NitroDocument, readNitroDocument } from './document.ts'
import { chainChecks, contentChecks } from './document-checks.ts'
import { isNitroPolicy, type NitroPolicy } from './policy.ts'

const CHAIN = 'AWS chain'

/** Enclave, instance, zone, region, root. */
const CHAIN_LENGTH = 5

/** Bytes of user data that can be a key binding's hash. */
const REPORT_DATA_SIZE = 64

/**
 * Reads AWS Nitro attestation documents. `quote` is the COSE_Sign1, which carries its certificates itself. Endorsements: any
 * `crl` of a CA of its chain. The key binding's hash is the document's user data.
 *
 * @param roots SHA-256 of the accepted roots, hexadecimal
 */
export function nitroAppraiser(roots: readonly string[]): Appraiser<'nitro'> {
  return {
    type: 'nitro',
    indispensable: [
      'evidence_form',
      'endorsements',
      'chain_form',
      'root',
      'chain_ca',
      'chain_signatures',
      'nitro_keys',
      'nitro_module',
      'nitro_timestamp',
    ],
    isPolicy: isNitroPolicy,
    async appraise({ quote, binding }, endorsements, { family: policy, now, mathematics }): Promise<Appraisal> {
      const document = orNull(() => readNitroDocument(quote))
      const given = orNull(() => readEndorsements(endorsements, ['crl']))
      const form: readonly Check[] = [
        check('evidence_form', document !== null, 'a Nitro attestation document', document ? 'one' : 'another thing'),
        check('endorsements', given !== null, 'revocation lists', given ? 'so' : 'another thing'),
      ]
      if (!document) return { checks: form, claims: null, terms: [] }

      const chain = await appraiseChain(document.chain, { what: CHAIN, roots, length: CHAIN_LENGTH, now, mathematics })
      const [revocation, isSigned] = await Promise.all([
        appraiseLists(chain, given ? every(given, 'crl') : [], policy, now, mathematics),
        isSignedBy(document, chain.certificates?.[0], mathematics),
      ])
      const checks: readonly Check[] = [
        ...form,
        ...chain.checks,
        ...revocation.checks,
        ...(chain.certificates ? chainChecks(document, chain.certificates) : []),
        check('signature', isSigned, "by the leaf's key", isSigned ? 'by it' : 'not by it'),
        ...contentChecks(document, policy, binding),
      ]
      return { checks, claims: claimsOf(document), terms: [...chain.terms, ...revocation.terms] }
    },
  }
}

/** Lists that come along are always looked at; that one is missing is a failure unless the policy says why it is not. */
async function appraiseLists(
  { certificates }: ChainAppraisal,
  lists: readonly Uint8Array[],
  { revocation }: NitroPolicy,
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
  const covered = ({ crlDistributionPoints }: X509Certificate): boolean =>
    !isSkip(revocation) && crlDistributionPoints.length > 0
  const appraisal = await appraiseRevocation(certificates, lists, { what: CHAIN, now, mathematics, covered })
  if (!isSkip(revocation)) return appraisal
  // Of which CAs there is a list was not asked, and that is what the verdict has to say.
  const skipped = { name: 'crl_coverage', outcome: 'skipped', reason: revocation.skip } as const
  return { ...appraisal, checks: appraisal.checks.map((one) => (one.name === 'crl_coverage' ? skipped : one)) }
}

async function isSignedBy(
  { cose: { signed, signature } }: NitroDocument,
  leaf: X509Certificate | undefined,
  mathematics: Mathematics,
): Promise<boolean> {
  if (!leaf) return false
  try {
    const key = { form: 'spki', bytes: leaf.key.spki } as const
    return await mathematics.verifySignature('ecdsa-p384-sha384', key, signed, signature)
  } catch {
    return false
  }
}

function claimsOf(document: NitroDocument): Claims {
  const { moduleId, instanceId, timestamp, registers, publicKey, userData, nonce } = document
  return {
    measurements: Object.fromEntries(registers),
    reportData: userData?.length === REPORT_DATA_SIZE ? userData : null,
    nonce,
    debug: isDebug(document),
    issuedAt: Math.floor(timestamp / 1000),
    platform: { kind: 'ec2-instance', id: encodeUtf8(instanceId) },
    tcb: null,
    details: { family: 'nitro', moduleId, publicKey, userData },
  }
}

/** An enclave started in debug mode has zeros for what was measured; that of an image is zero never. */
function isDebug({ registers }: NitroDocument): boolean {
  return (['PCR0', 'PCR1', 'PCR2'] as const).some((name) => isZero(registers.get(name) ?? new Uint8Array(0)))
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
