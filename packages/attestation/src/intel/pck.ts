/** The certificate of the platform's quoting enclave: its chain to Intel's root, its revocation lists, and what it certifies. */
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Mathematics } from '../mathematics.ts'
import type { Term } from '../validity.ts'
import { appraiseChain, appraiseRevocation, commonName, readPem, type X509Certificate } from '../x509/index.ts'
import type { Collateral } from './collateral.ts'
import { PCK_EXTENSION, type PckExtension, readPckExtension } from './pck-extension.ts'

/** What all appraisals of certificates here need. */
export interface IntelTrust {
  /** SHA-256 of the accepted roots, hexadecimal */
  readonly roots: readonly string[]
  /** Seconds since 1970 */
  readonly now: number
  readonly mathematics: Mathematics
}

export interface PckAppraisal {
  readonly checks: readonly Check[]
  readonly terms: readonly Term[]
  /** SubjectPublicKeyInfo of the leaf; null where there is no chain to be read. */
  readonly spki: Uint8Array | null
  readonly extension: PckExtension | null
}

const WHAT = 'PCK chain'
const LEAF_NAME = 'Intel SGX PCK Certificate'
const CA_NAMES = ['Intel SGX PCK Processor CA', 'Intel SGX PCK Platform CA']

/** @param pem the chain the quote carries, leaf first */
export async function appraisePck(pem: Uint8Array, collateral: Collateral, trust: IntelTrust): Promise<PckAppraisal> {
  const chain = await appraiseChain(readChain(pem), { what: WHAT, length: 3, ...trust })
  const { certificates } = chain
  if (!certificates) return { ...chain, spki: null, extension: null }

  const lists = [collateral['pck-crl'], collateral['root-ca-crl']].filter((one) => one !== null)
  const revocation = await appraiseRevocation(certificates, lists, { what: WHAT, ...trust, covered: () => true })
  const [leaf, ca] = certificates
  const extension = readExtension(leaf)
  const extensionCheck = check(
    'intel_pck_extension',
    extension !== null,
    `Intel's extension ${PCK_EXTENSION}`,
    extension ? `FMSPC ${encodeHex(extension.fmspc)}, PCE ${encodeHex(extension.pceId)}` : 'none, or of another form',
  )
  const names = [leaf, ca].map((one) => one && readName(one))
  const isNamed = names[0] === LEAF_NAME && CA_NAMES.some((name) => name === names[1])
  return {
    checks: [
      ...chain.checks,
      check(
        'intel_pck_names',
        isNamed,
        `${LEAF_NAME} under ${CA_NAMES.join(' or ')}`,
        isNamed ? `${names[0]} under ${names[1]}` : 'other names',
      ),
      extensionCheck,
      ...crlIssuerChecks(collateral['pck-crl-issuer-chain'], certificates),
      ...revocation.checks,
    ],
    terms: [...chain.terms, ...revocation.terms],
    spki: leaf?.key.spki ?? null,
    extension,
  }
}

/** DER of a PEM chain; empty where it cannot be read, which no chain's length is. */
export function readChain(pem: Uint8Array): readonly Uint8Array[] {
  try {
    return readPem(pem, 'CERTIFICATE')
  } catch {
    return []
  }
}

/** The common name of a certificate's subject; null where there is none to be read. */
export function readName({ subject }: X509Certificate): string | null {
  try {
    return commonName(subject)
  } catch {
    return null
  }
}

function readExtension(leaf: X509Certificate | undefined): PckExtension | null {
  try {
    return readPckExtension(leaf?.extensions.get(PCK_EXTENSION)?.value ?? new Uint8Array(0))
  } catch {
    return null
  }
}

function crlIssuerChecks(pem: Uint8Array | null, certificates: readonly X509Certificate[]): readonly Check[] {
  if (pem === null) return []
  const given = readChain(pem)
  const wanted = certificates.slice(1)
  const isSame =
    given.length === wanted.length && wanted.every(({ der }, at) => equalBytes(der, given[at] ?? new Uint8Array(0)))
  return [
    check(
      'intel_pck_crl_issuer',
      isSame,
      'issuer chain of the PCK CRL: CA and root of the PCK',
      isSame ? 'so' : 'others',
    ),
  ]
}
