/** From many files to what each piece of evidence is verified with: each family gets what it looks at, in its order. */
import { readAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { readHclReport } from '../azure-vtpm/hcl-report.ts'
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement, labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { readNitroDocument } from '../nitro/document.ts'
import { commonName, readCertificate, readCrl, type X509Certificate } from '../x509/index.ts'
import { writePem } from '../x509/pem.ts'
import type { FileContent } from './read-file.ts'

const INTEL: readonly EndorsementName[] = [
  'tcb-info',
  'tcb-info-issuer-chain',
  'qe-identity',
  'qe-identity-issuer-chain',
  'pck-crl',
  'pck-crl-issuer-chain',
  'root-ca-crl',
]
const INTEL_ROOT = 'Intel SGX Root CA'
const TCB_SIGNER = 'Intel SGX TCB Signing'
/** Endorsement keys of AMD chips and clouds. */
const VEK = /^SEV-V[CL]EK$/
const LONGEST_CHAIN = 8

/**
 * The endorsements for one piece of evidence, labelled: its own (a bundle's), and from `files` what its family looks at. Of what is
 * there twice the first is taken; lists and certificates of other issuers are left out. What is missing the verdict says.
 */
export function gatherEndorsements(
  evidence: Evidence,
  own: readonly Uint8Array[],
  files: readonly FileContent[],
): readonly Uint8Array[] {
  const given = [...own, ...files.flatMap(({ endorsements }) => endorsements)]
  const certificates = files.flatMap((file) => file.certificates)
  const crls = files.flatMap((file) => file.crls)
  switch (hardwareOf(evidence)) {
    case 'nitro':
      return distinct([...kinds(given, ['crl']), ...labels('crl', listsOf(issuersOfNitro(evidence), crls))])
    case 'sgx':
    case 'tdx':
      return firstOfEach([...kinds(given, INTEL), ...intelPieces(certificates, crls)])
    case 'snp': {
      const owned = kinds(given, ['certificate'])
      const chain = owned.length > 0 ? owned : labels('certificate', chainOf(certificates))
      const read = chain.flatMap((item) => readOrNull(labelled(item)?.bytes))
      return distinct([...chain, ...kinds(given, ['crl']), ...labels('crl', listsOf(read, crls))])
    }
    default:
      return own
  }
}

/** The family whose endorsements verify the evidence: of an Azure VM, the hardware below. */
function hardwareOf({ type, quote }: Evidence): string {
  if (type !== 'azure-vtpm') return type
  try {
    return readHclReport(readAzureVtpmEvidence(quote).hclReport).hardware
  } catch {
    return type
  }
}

/** From the one endorsement key to the root, by names; as much of it as is there. */
function chainOf(ders: readonly Uint8Array[]): readonly Uint8Array[] {
  const pool = ders.map(readCertificate)
  let next = pool.find(({ subject }) => VEK.test(commonName(subject) ?? ''))
  const chain: Uint8Array[] = []
  while (next && chain.length < LONGEST_CHAIN) {
    const current: X509Certificate = next
    chain.push(current.der)
    if (equalBytes(current.issuer, current.subject)) break
    next = pool.find(({ subject }) => equalBytes(subject, current.issuer))
  }
  return chain
}

/** CRLs and issuer chains of Intel without names: told apart by who issued them, or whom they are of. */
function intelPieces(certificates: readonly Uint8Array[], crls: readonly Uint8Array[]): readonly Uint8Array[] {
  const read = certificates.map(readCertificate)
  const root = read.find(({ subject }) => commonName(subject) === INTEL_ROOT)
  const signer = read.find(({ subject }) => commonName(subject) === TCB_SIGNER)
  const lists = crls.map((der) =>
    endorsement(commonName(readCrl(der).issuer) === INTEL_ROOT ? 'root-ca-crl' : 'pck-crl', der),
  )
  if (!root || !signer) return lists
  const chain = pem([signer.der, root.der])
  return [...lists, endorsement('tcb-info-issuer-chain', chain), endorsement('qe-identity-issuer-chain', chain)]
}

function issuersOfNitro({ quote }: Evidence): readonly X509Certificate[] {
  try {
    return readNitroDocument(quote).chain.flatMap((der) => readOrNull(der))
  } catch {
    return []
  }
}

function listsOf(chain: readonly X509Certificate[], crls: readonly Uint8Array[]): readonly Uint8Array[] {
  return crls.filter((der) => {
    const { issuer } = readCrl(der)
    return chain.some(({ subject }) => equalBytes(subject, issuer))
  })
}

function readOrNull(der: Uint8Array | undefined): readonly X509Certificate[] {
  try {
    return der ? [readCertificate(der)] : []
  } catch {
    return []
  }
}

function pem(chain: readonly Uint8Array[]): Uint8Array {
  const text = chain.map((der) => writePem(der, 'CERTIFICATE')).join('')
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

function labels(name: EndorsementName, items: readonly Uint8Array[]): readonly Uint8Array[] {
  return items.map((item) => endorsement(name, item))
}

function kinds(items: readonly Uint8Array[], names: readonly EndorsementName[]): readonly Uint8Array[] {
  return items.filter((item) => {
    const name = labelled(item)?.name
    // What has no label stays: the verdict has to say that it is malformed.
    return name === undefined || names.includes(name)
  })
}

function firstOfEach(items: readonly Uint8Array[]): readonly Uint8Array[] {
  const seen = new Set<EndorsementName>()
  return items.filter((item) => {
    const name = labelled(item)?.name
    if (name === undefined) return true
    const isFirst = !seen.has(name)
    seen.add(name)
    return isFirst
  })
}

function distinct(items: readonly Uint8Array[]): readonly Uint8Array[] {
  return items.filter((item, at) => items.findIndex((other) => equalBytes(item, other)) === at)
}
