/** From many files to what each piece of evidence is verified with: each family gets what it looks at, in its order. */
import { readAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { readHclReport } from '../azure-vtpm/hcl-report.ts'
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement, labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { readNitroDocument } from '../nitro/document.ts'
import { nameOf, readCertificate, readCrl, type X509Certificate } from '../x509/index.ts'
import { gatherIntel } from './gather-intel.ts'
import type { FileContent } from './read-file.ts'

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
      return gatherIntel(intelQuoteOf(evidence), own, files)
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
  let next = pool.find(({ subject }) => VEK.test(nameOf(subject) ?? ''))
  const chain: Uint8Array[] = []
  while (next && chain.length < LONGEST_CHAIN) {
    const current: X509Certificate = next
    chain.push(current.der)
    if (equalBytes(current.issuer, current.subject)) break
    next = pool.find(({ subject }) => equalBytes(subject, current.issuer))
  }
  return chain
}

/** The quote; of an Azure VM the one that goes with its TDREPORT. */
function intelQuoteOf({ type, quote }: Evidence): Uint8Array {
  if (type !== 'azure-vtpm') return quote
  try {
    return readAzureVtpmEvidence(quote).tdQuote ?? new Uint8Array(0)
  } catch {
    return new Uint8Array(0)
  }
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

function distinct(items: readonly Uint8Array[]): readonly Uint8Array[] {
  return items.filter((item, at) => items.findIndex((other) => equalBytes(item, other)) === at)
}
