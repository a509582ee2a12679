/** Which of the collateral at hand is of this very platform: folders and caches hold that of many. */
import { equalBytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement, labelled } from '../endorsements.ts'
import { PCK_EXTENSION, type PckExtension, readPckExtension } from '../intel/pck-extension.ts'
import { readQeIdentity } from '../intel/qe-identity.ts'
import { type IntelTee, readQuote } from '../intel/quote.ts'
import { readSignedDocument } from '../intel/signed-document.ts'
import { readTcbInfo } from '../intel/tcb-info.ts'
import { nameOf, readCertificate, readCrl, readPem, type X509Certificate } from '../x509/index.ts'
import { bestFirst } from './best-first.ts'
import { chainEndorsement } from './collateral-json.ts'
import type { FileContent } from './read-file.ts'

const NAMES = [
  'tcb-info',
  'tcb-info-issuer-chain',
  'qe-identity',
  'qe-identity-issuer-chain',
  'pck-crl',
  'pck-crl-issuer-chain',
  'root-ca-crl',
] as const satisfies EndorsementName[]
type Name = (typeof NAMES)[number]

const ROOT = 'Intel SGX Root CA'
const TCB_SIGNER = 'Intel SGX TCB Signing'

/** What the quote says of its platform; null for what cannot be read. */
interface PlatformOfQuote {
  readonly tee: IntelTee | null
  readonly pck: X509Certificate | null
  readonly extension: PckExtension | null
}

/** One piece, with the place of the file it came from: what was fetched together belongs together. */
interface Piece {
  readonly name: Name
  readonly bytes: Uint8Array
  readonly file: number
}

/**
 * One of each piece of collateral, as far as there is any: what is of the quote's TEE, its platform and the CA that certified it, else any,
 * which the verdict then says to be of another. Of several the best ({@link bestFirst}), chains from where their document came from.
 *
 * @param quote the Intel quote
 * @param own labelled, of the evidence's own file
 */
export function gatherIntel(
  quote: Uint8Array,
  own: readonly Uint8Array[],
  files: readonly FileContent[],
  now: number | null,
): readonly Uint8Array[] {
  const platform = platformOf(quote)
  const mine = piecesOf({ endorsements: own, certificates: [], crls: [] }, OWN)
  const pieces = [...mine, ...files.flatMap((file, at) => piecesOf(file, at))]
  const chosen = new Map<Name, Piece>()
  for (const name of NAMES) {
    const candidates = best(
      pieces.filter((piece) => piece.name === name),
      now,
    )
    const together = chosen.get(companion(name))?.file
    const matching = candidates.filter((piece) => isOf(piece, platform))
    const sources = matching.length > 0 ? matching : candidates
    const one = sources.find(({ file }) => file === together) ?? sources[0]
    if (one) chosen.set(name, one)
  }
  // Both are issued by the one certificate Intel signs with: where only one chain is at hand, it is the other's too.
  const chains = ['tcb-info-issuer-chain', 'qe-identity-issuer-chain'] as const
  const known = chains.map((name) => chosen.get(name)).find((piece) => piece !== undefined)
  for (const name of chains) if (known && !chosen.has(name)) chosen.set(name, known)
  return [
    // What is no piece of this stays: the verdict has to say so.
    ...own.filter((item) => !NAMES.some((name) => name === labelled(item)?.name)),
    ...NAMES.flatMap((name) => {
      const piece = chosen.get(name)
      return piece ? [endorsement(name, piece.bytes)] : []
    }),
  ]
}

/** The place of what came with the evidence. */
const OWN = -1

function best(pieces: readonly Piece[], now: number | null): readonly Piece[] {
  const byItem = new Map<Uint8Array, Piece>(pieces.map((piece) => [endorsement(piece.name, piece.bytes), piece]))
  return bestFirst([...byItem.keys()], now).flatMap((item) => byItem.get(item) ?? [])
}

/** The document whose issuer chain or CRL another piece is. */
function companion(name: Name): Name {
  if (name === 'tcb-info-issuer-chain') return 'tcb-info'
  return name === 'pck-crl-issuer-chain' ? 'pck-crl' : name === 'qe-identity-issuer-chain' ? 'qe-identity' : 'tcb-info'
}

function piecesOf(
  { endorsements, certificates, crls }: Pick<FileContent, 'endorsements' | 'certificates' | 'crls'>,
  file: number,
): readonly Piece[] {
  const named = endorsements.flatMap((item): Piece[] => {
    const read = labelled(item)
    const name = NAMES.find((one) => one === read?.name)
    return read && name ? [{ name, bytes: read.bytes, file }] : []
  })
  const lists = crls.flatMap((der): Piece[] => {
    const issuer = nameOf(readCrl(der).issuer)
    if (issuer === ROOT) return [{ name: 'root-ca-crl', bytes: der, file }]
    return issuer?.startsWith('Intel SGX PCK ') === true ? [{ name: 'pck-crl', bytes: der, file }] : []
  })
  return [...named, ...lists, ...signersOf(certificates, file)]
}

/** Chains of two out of certificates that lie about: every signing certificate with every root of its issuer's name. */
function signersOf(certificates: readonly Uint8Array[], file: number): readonly Piece[] {
  const read = certificates.map(readCertificate)
  const roots = read.filter(({ subject }) => nameOf(subject) === ROOT)
  const signers = read.filter(({ subject }) => nameOf(subject) === TCB_SIGNER)
  return signers.flatMap((signer) => {
    const root = roots.find(({ subject }) => equalBytes(subject, signer.issuer))
    if (!root) return []
    return (['tcb-info-issuer-chain', 'qe-identity-issuer-chain'] as const).flatMap((name): Piece[] => {
      const read = labelled(chainEndorsement(name, [signer.der, root.der]))
      return read ? [{ name, bytes: read.bytes, file }] : []
    })
  })
}

function isOf({ name, bytes }: Piece, { tee, pck, extension }: PlatformOfQuote): boolean {
  try {
    switch (name) {
      case 'tcb-info': {
        const info = readTcbInfo(readSignedDocument(bytes, 'tcbInfo').json)
        return info.tee === tee && extension !== null && equalBytes(info.fmspc, extension.fmspc)
      }
      case 'qe-identity':
        return readQeIdentity(readSignedDocument(bytes, 'enclaveIdentity').json).tee === tee
      case 'pck-crl':
        return pck !== null && equalBytes(readCrl(bytes).issuer, pck.issuer)
      case 'pck-crl-issuer-chain': {
        const [ca] = readPem(bytes, 'CERTIFICATE')
        return pck !== null && ca !== undefined && equalBytes(readCertificate(ca).subject, pck.issuer)
      }
      case 'tcb-info-issuer-chain':
      case 'qe-identity-issuer-chain':
      case 'root-ca-crl':
        return false
    }
  } catch {
    return false
  }
}

function platformOf(bytes: Uint8Array): PlatformOfQuote {
  try {
    const { tee, qe } = readQuote(bytes)
    const pck = orNull(() => readCertificate(readPem(qe.pckChain, 'CERTIFICATE')[0] ?? new Uint8Array(0)))
    const value = pck?.extensions.get(PCK_EXTENSION)?.value
    return { tee, pck, extension: value ? orNull(() => readPckExtension(value)) : null }
  } catch {
    return { tee: null, pck: null, extension: null }
  }
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
