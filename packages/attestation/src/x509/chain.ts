/**
 * Path validation (RFC 5280 section 6) of a chain whose order is given, leaf first, root last. No path is searched for: TEE
 * vendors' chains have one shape each. Every check is made on every certificate, and all failures are told.
 */
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, type CheckName, check } from '../checks.ts'
import type { Mathematics } from '../mathematics.ts'
import type { Term } from '../validity.ts'
import { KEY_KIND } from './algorithms.ts'
import { readCertificate, type X509Certificate } from './certificate.ts'
import { KEY_USAGE } from './extensions.ts'
import { OID } from './oids.ts'

export interface ChainExpectation {
  /** For people, before each expectation: `PCK chain`. */
  readonly what: string
  /** SHA-256 of the accepted roots, hexadecimal (`roots/`). */
  readonly roots: readonly string[]
  /** Certificates from leaf to root, both included: exactly so many, or one of so many. */
  readonly length: number | readonly number[]
  /** Seconds since 1970 */
  readonly now: number
  readonly mathematics: Mathematics
  /** Critical extensions the family reads itself, beside those of path validation. */
  readonly knownExtensions?: readonly string[]
}

export interface ChainAppraisal {
  readonly checks: readonly Check[]
  /** Leaf first, as given; null when a certificate could not be read. To be believed only when no check failed. */
  readonly certificates: readonly X509Certificate[] | null
  readonly terms: readonly Term[]
}

/** What is understood here, and may therefore be critical. */
const KNOWN_EXTENSIONS: readonly string[] = [
  OID.basicConstraints,
  OID.keyUsage,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  OID.crlDistributionPoints,
]

/** Reads and validates a chain of DER certificates, leaf first. Throws nothing for what was received. */
export async function appraiseChain(
  chain: readonly Uint8Array[],
  expectation: ChainExpectation,
): Promise<ChainAppraisal> {
  const lengths = [expectation.length].flat()
  const certificates = lengths.includes(chain.length) ? readAll(chain) : null
  const form = check(
    'chain_form',
    certificates !== null,
    `${expectation.what}: ${lengths.join(' or ')} X.509 certificates`,
    lengths.includes(chain.length) && !certificates ? 'one that cannot be read' : `${chain.length}`,
  )
  if (!certificates) return { checks: [form], certificates, terms: [] }
  return {
    checks: [
      form,
      await rootCheck(certificates, expectation),
      ...pathChecks(certificates, expectation),
      await signatureCheck(certificates, expectation),
    ],
    certificates,
    terms: certificates.map(({ notBefore, notAfter }, index) => ({
      what: `${expectation.what}, ${place(index, certificates.length)}`,
      notBefore,
      notAfter,
    })),
  }
}

/** All as certificates, or null if one is none. */
function readAll(chain: readonly Uint8Array[]): readonly X509Certificate[] | null {
  try {
    return chain.map(readCertificate)
  } catch {
    return null
  }
}

async function rootCheck(
  certificates: readonly X509Certificate[],
  { what, roots, mathematics }: ChainExpectation,
): Promise<Check> {
  const expected = `${what}: a root with SHA-256 ${roots.join(' or ')}`
  try {
    const root = encodeHex(await mathematics.digest('sha256', certificates.at(-1)?.der ?? new Uint8Array(0)))
    return check('root', roots.includes(root), expected, root)
  } catch {
    return check('root', false, expected, 'no hash could be computed')
  }
}

/** What must hold of a certificate, with the one that issued it: the root issued itself. */
interface Rule {
  readonly name: CheckName
  readonly expected: string
  readonly holds: (
    one: X509Certificate,
    issuer: X509Certificate,
    at: { readonly index: number; readonly now: number; readonly known: readonly string[] },
  ) => boolean
}

const RULES: readonly Rule[] = [
  {
    name: 'chain_names',
    expected: 'each names the next as its issuer, the root itself',
    holds: (one, issuer) => equalBytes(one.issuer, issuer.subject),
  },
  {
    name: 'chain_key_ids',
    expected: 'each names the key of the next where it names one',
    holds: ({ authorityKeyId }, { subjectKeyId }) =>
      authorityKeyId === null || subjectKeyId === null || equalBytes(authorityKeyId, subjectKeyId),
  },
  {
    name: 'chain_ca',
    expected: 'all but the leaf are CAs, the leaf is none',
    holds: ({ basicConstraints }, _issuer, { index }) => (basicConstraints?.isCa ?? false) === index > 0,
  },
  {
    name: 'chain_path_length',
    expected: 'no more CAs below one than it allows',
    holds: ({ basicConstraints }, _issuer, { index }) =>
      index === 0 || (basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY) >= index - 1,
  },
  {
    name: 'chain_key_usage',
    expected: 'CAs may sign certificates, the leaf may sign',
    holds: ({ keyUsage }, _issuer, { index }) =>
      index === 0
        ? keyUsage === null || keyUsage.has(KEY_USAGE.digitalSignature)
        : keyUsage?.has(KEY_USAGE.keyCertSign) === true,
  },
  {
    name: 'chain_critical',
    expected: 'every critical extension is understood',
    holds: ({ extensions }, _issuer, { known }) =>
      [...extensions].every(([name, { isCritical }]) => !isCritical || known.includes(name)),
  },
  {
    name: 'chain_not_before',
    expected: 'all have begun',
    holds: ({ notBefore }, _issuer, { now }) => notBefore <= now,
  },
  {
    name: 'chain_not_after',
    expected: 'none has ended',
    holds: ({ notAfter }, _issuer, { now }) => now <= notAfter,
  },
]

function pathChecks(
  certificates: readonly X509Certificate[],
  { what, now, knownExtensions = [] }: ChainExpectation,
): readonly Check[] {
  const known = [...KNOWN_EXTENSIONS, ...knownExtensions]
  return RULES.map(({ name, expected, holds }) => {
    const wrong = certificates.flatMap((one, index) =>
      holds(one, certificates[index + 1] ?? one, { index, now, known }) ? [] : [place(index, certificates.length)],
    )
    return found(name, `${what}: ${expected}`, wrong)
  })
}

/** All signatures at once: a port may compute them on several processors. The pinned root's own proves nothing and is not checked. */
async function signatureCheck(
  certificates: readonly X509Certificate[],
  { what, mathematics }: ChainExpectation,
): Promise<Check> {
  const signed = await Promise.all(
    certificates.slice(0, -1).map((one, index) => isSignedBy(one, certificates[index + 1] ?? one, mathematics)),
  )
  const wrong = signed.flatMap((holds, index) => (holds ? [] : [place(index, certificates.length)]))
  return found('chain_signatures', `${what}: each is signed by the next`, wrong)
}

/** Whether `issuer`'s key signed a certificate or CRL. A signature of another kind than the key is none. */
export async function isSignedBy(
  one: Pick<X509Certificate, 'signed' | 'signature'>,
  { key }: Pick<X509Certificate, 'key'>,
  mathematics: Mathematics,
): Promise<boolean> {
  const { scheme, bytes } = one.signature
  if (KEY_KIND[scheme] !== key.kind) return false
  try {
    return await mathematics.verifySignature(scheme, { form: 'spki', bytes: key.spki }, one.signed, bytes)
  } catch {
    return false
  }
}

function found(name: CheckName, expected: string, wrong: readonly string[]): Check {
  return check(name, wrong.length === 0, expected, wrong.length === 0 ? 'so' : `not so: ${wrong.join(', ')}`)
}

function place(index: number, length: number): string {
  const role = index === 0 ? 'leaf' : index === length - 1 ? 'root' : 'CA'
  return `certificate ${index + 1} of ${length} (${role})`
}
