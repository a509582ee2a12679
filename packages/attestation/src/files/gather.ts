/** From many files to what each piece of evidence is verified with: each family gets what it looks at, in its order. */
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement, labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { readCertificate, readCrl, type X509Certificate } from '../x509/index.ts'
import { amdChain } from './amd-chain.ts'
import { gatherIntel } from './gather-intel.ts'
import { hardwareOf } from './hardware-of.ts'
import { newestFirst } from './newest-first.ts'
import { nitroChain } from './nitro-chain.ts'
import type { FileContent } from './read-file.ts'

/**
 * The endorsements for one piece of evidence, labelled: its own (a bundle's, or what came with a quote), and from `files` what its
 * family looks at. Of what there is one of, its own is taken, else the one that began last: an old file beside a new one does
 * no harm. Lists and certificates of other issuers are left out. What is missing the verdict says.
 */
export function gatherEndorsements(
  evidence: Evidence,
  own: readonly Uint8Array[],
  files: readonly FileContent[],
): readonly Uint8Array[] {
  const given = files.flatMap(({ endorsements }) => endorsements)
  const certificates = files.flatMap((file) => file.certificates)
  const crls = files.flatMap((file) => file.crls)
  const { family, quote } = hardwareOf(evidence)
  switch (family) {
    case 'nitro':
      return [...kinds(own, ['crl']), ...lists(nitroChain(quote), own, given, crls)]
    case 'sgx':
    case 'tdx':
      return gatherIntel(quote, own, files)
    case 'snp': {
      const brought = [...bytesOf(given, 'certificate'), ...certificates]
      const unlabelled = own.filter((item) => labelled(item) === null)
      const chain = amdChain(quote, bytesOf(own, 'certificate'), brought)
      const read = chain.flatMap(readOrNone)
      return [
        ...unlabelled,
        ...labels('certificate', chain),
        ...labels('crl', bytesOf(own, 'crl')),
        ...lists(read, own, given, crls),
      ]
    }
    default:
      return own
  }
}

/** From files, the newest list of each issuer in `chain`, unless it is there already. */
function lists(
  chain: readonly X509Certificate[],
  own: readonly Uint8Array[],
  given: readonly Uint8Array[],
  crls: readonly Uint8Array[],
): readonly Uint8Array[] {
  const ders = [...bytesOf(given, 'crl'), ...crls].filter((der) => chain.some((one) => isOfIssuer(der, one)))
  const newest = newestFirst(labels('crl', ders)).flatMap((item) => labelled(item)?.bytes ?? [])
  const had = bytesOf(own, 'crl')
  const chosen = newest.filter((der, at) => !newest.slice(0, at).some((other) => isSameIssuer(der, other)))
  return labels(
    'crl',
    chosen.filter((der) => !had.some((other) => equalBytes(der, other))),
  )
}

function isOfIssuer(der: Uint8Array, { subject }: X509Certificate): boolean {
  return issuerOf(der).some((issuer) => equalBytes(issuer, subject))
}

function isSameIssuer(der: Uint8Array, other: Uint8Array): boolean {
  return issuerOf(der).some((issuer) => issuerOf(other).some((another) => equalBytes(issuer, another)))
}

/** None for what is no list: that of a file under a name of Intel's may be anything. */
function issuerOf(der: Uint8Array): readonly Uint8Array[] {
  try {
    return [readCrl(der).issuer]
  } catch {
    return []
  }
}

function readOrNone(der: Uint8Array): readonly X509Certificate[] {
  try {
    return [readCertificate(der)]
  } catch {
    return []
  }
}

function labels(name: EndorsementName, items: readonly Uint8Array[]): readonly Uint8Array[] {
  return items.map((item) => endorsement(name, item))
}

function bytesOf(items: readonly Uint8Array[], name: EndorsementName): readonly Uint8Array[] {
  return items.flatMap((item) => {
    const read = labelled(item)
    return read?.name === name ? [read.bytes] : []
  })
}

function kinds(items: readonly Uint8Array[], names: readonly EndorsementName[]): readonly Uint8Array[] {
  return items.filter((item) => {
    const name = labelled(item)?.name
    // What has no label stays: the verdict has to say that it is malformed.
    return name === undefined || names.includes(name)
  })
}
