/** From many files to what each piece of evidence is verified with: each family gets what it looks at, in its order. */
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement, labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { readCertificate, readCrl, type X509Certificate } from '../x509/index.ts'
import { amdChain } from './amd-chain.ts'
import { bestFirst } from './best-first.ts'
import { gatherIntel } from './gather-intel.ts'
import { hardwareOf } from './hardware-of.ts'
import { nitroChain } from './nitro-chain.ts'
import type { FileContent } from './read-file.ts'

/**
 * The endorsements for one piece of evidence, labelled: its own (a bundle's, or what came with a quote), and from `files` what its
 * family looks at. Of several that would do, {@link bestFirst} says which: an old file beside a new one does no harm, nor does what
 * came with evidence that has been lying about. Lists and certificates of other issuers are left out. What is missing the verdict says.
 *
 * @param now seconds since 1970, the moment of the verdict; null where there is none yet
 */
export function gatherEndorsements(
  evidence: Evidence,
  own: readonly Uint8Array[],
  files: readonly FileContent[],
  now: number | null = null,
): readonly Uint8Array[] {
  const given = files.flatMap(({ endorsements }) => endorsements)
  const certificates = files.flatMap((file) => file.certificates)
  const crls = files.flatMap((file) => file.crls)
  const { family, quote } = hardwareOf(evidence)
  switch (family) {
    case 'nitro':
      return [...unlabelled(own), ...lists(nitroChain(quote), own, [...bytesOf(given, 'crl'), ...crls], now)]
    case 'sgx':
    case 'tdx':
      return gatherIntel(quote, own, files, now)
    case 'snp': {
      const brought = [...bytesOf(given, 'certificate'), ...certificates]
      const chain = amdChain(quote, bytesOf(own, 'certificate'), brought)
      const read = chain.flatMap(readOrNone)
      return [
        ...unlabelled(own),
        ...labels('certificate', chain),
        ...lists(read, own, [...bytesOf(given, 'crl'), ...crls], now),
      ]
    }
    default:
      return own
  }
}

/** Of each issuer in `chain` the best list. An own one of nobody there, or that is none, stays for the verdict to tell. */
function lists(
  chain: readonly X509Certificate[],
  own: readonly Uint8Array[],
  found: readonly Uint8Array[],
  now: number | null,
): readonly Uint8Array[] {
  const isPlaced = (der: Uint8Array): boolean => chain.some((one) => isOfIssuer(der, one))
  const had = bytesOf(own, 'crl')
  const ranked = bestFirst(labels('crl', [...had, ...found].filter(isPlaced)), now)
  const ders = ranked.flatMap((item) => labelled(item)?.bytes ?? [])
  const chosen = ders.filter((der, at) => !ders.slice(0, at).some((other) => isSameIssuer(der, other)))
  return labels('crl', [...had.filter((der) => !isPlaced(der)), ...chosen])
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

/** What has no label stays: the verdict has to say that it is malformed. */
function unlabelled(items: readonly Uint8Array[]): readonly Uint8Array[] {
  return items.filter((item) => labelled(item) === null)
}
