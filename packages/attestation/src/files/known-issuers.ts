/** Certificates of vendors' CAs at hand, and what their keys signed. For whoever keeps files: no root is asked for here, the verdict does. */
import { equalBytes } from '../bytes/index.ts'
import { labelled } from '../endorsements.ts'
import type { Evidence } from '../evidence.ts'
import { readQuote } from '../intel/quote.ts'
import type { Mathematics } from '../mathematics.ts'
import { isSignedBy } from '../x509/chain.ts'
import { KEY_USAGE } from '../x509/extensions.ts'
import { readCertificate, readPem, type X509Certificate } from '../x509/index.ts'
import { hardwareOf } from './hardware-of.ts'
import { nitroChain } from './nitro-chain.ts'
import { listsOf } from './older-list.ts'
import type { FileContent } from './read-file.ts'

/**
 * CAs of the chain inside the evidence, then those of `chains` whose names it does not have: the verdict holds lists against the
 * evidence's own chain, and a file must not bring another key under one of its names.
 */
export function knownIssuers(evidence: Evidence, chains: readonly FileContent[]): readonly X509Certificate[] {
  const own = chainWithin(evidence).filter(isCa)
  const others = chains.flatMap(certificatesOf).filter(isCa)
  return [...own, ...others.filter((other) => !own.some(({ subject }) => equalBytes(subject, other.subject)))]
}

/** Null: no list in the file. `other`: one of another key than that of its issuer's name. `unknown`: one of an issuer not at hand. */
export type ListOrigin = 'issuer' | 'other' | 'unknown' | null

/** Who signed the revocation lists of a file. */
export async function listOrigin(
  content: FileContent,
  issuers: readonly X509Certificate[],
  mathematics: Mathematics,
): Promise<ListOrigin> {
  const origins = await Promise.all(
    listsOf(content).map(async (list): Promise<ListOrigin> => {
      const named = issuers.filter(({ subject }) => equalBytes(subject, list.issuer))
      if (named.length === 0) return 'unknown'
      const signers = named.filter(({ keyUsage }) => keyUsage?.has(KEY_USAGE.crlSign) === true)
      return (await isSignedByAny(list, signers, mathematics)) ? 'issuer' : 'other'
    }),
  )
  return (['other', 'unknown', 'issuer'] as const).find((origin) => origins.includes(origin)) ?? null
}

/** Whether a CA of this name is known, and its key signed the certificate (DER). False for what is none. */
export async function isIssuedByKnown(
  der: Uint8Array,
  issuers: readonly X509Certificate[],
  mathematics: Mathematics,
): Promise<boolean> {
  try {
    const certificate = readCertificate(der)
    const named = issuers.filter(({ subject }) => equalBytes(subject, certificate.issuer))
    return await isSignedByAny(certificate, named, mathematics)
  } catch {
    return false
  }
}

async function isSignedByAny(
  one: Parameters<typeof isSignedBy>[0],
  issuers: readonly X509Certificate[],
  mathematics: Mathematics,
): Promise<boolean> {
  const signed = await Promise.all(issuers.map(async (issuer) => await isSignedBy(one, issuer, mathematics)))
  return signed.includes(true)
}

function isCa({ basicConstraints }: X509Certificate): boolean {
  return basicConstraints?.isCa === true
}

/** SNP reports carry none. */
function chainWithin(evidence: Evidence): readonly X509Certificate[] {
  const { family, quote } = hardwareOf(evidence)
  if (family === 'nitro') return nitroChain(quote)
  if (family !== 'sgx' && family !== 'tdx') return []
  return readOrNone(() => readPem(readQuote(quote).qe.pckChain, 'CERTIFICATE'))
}

function certificatesOf({ certificates, endorsements }: FileContent): readonly X509Certificate[] {
  const chains = endorsements.flatMap((item) => {
    const read = labelled(item)
    return read?.name.endsWith('-chain') === true ? [read.bytes] : []
  })
  return [...readOrNone(() => certificates), ...chains.flatMap((pem) => readOrNone(() => readPem(pem, 'CERTIFICATE')))]
}

function readOrNone(ders: () => readonly Uint8Array[]): readonly X509Certificate[] {
  try {
    return ders().map(readCertificate)
  } catch {
    return []
  }
}
