/**
 * Intel's collateral in one JSON file, in whatever words the tool that fetched it chose: DCAP libraries, caching services, recorded
 * answers with their headers. Members are known by their names, or by what is in them; nothing is believed.
 *
 * What Intel signed is cut out as it stands: a file whose documents were written anew still has them, and their signatures fail.
 */
import { decodeHex, decodeUtf8, encodeUtf8 } from '../bytes/index.ts'
import { type EndorsementName, endorsement } from '../endorsements.ts'
import { AttestationError } from '../errors.ts'
import { type SignedMember, writeSignedDocument } from '../intel/signed-document.ts'
import { readJson } from '../json/read.ts'
import { readCertificate, readCrl, writePem } from '../x509/index.ts'
import { readPemBlocks, unwrap } from './unwrap.ts'

export interface CollateralPieces {
  /** Labelled */
  readonly endorsements: readonly Uint8Array[]
  /** DER, of what has no name that says which piece it is */
  readonly certificates: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
}

/** Deeper than caching services nest. */
const MOST_DEPTH = 6

interface Kind {
  readonly name: EndorsementName
  readonly member: SignedMember
  /** Names without case and punctuation, of the document and of a signature that stands beside it. */
  readonly document: readonly string[]
  readonly signature: readonly string[]
}

const DOCUMENTS: readonly Kind[] = [
  { name: 'tcb-info', member: 'tcbInfo', document: ['tcbinfo'], signature: ['tcbinfosignature', 'signature'] },
  {
    name: 'qe-identity',
    member: 'enclaveIdentity',
    document: ['enclaveidentity', 'qeidentity'],
    signature: ['enclaveidentitysignature', 'qeidentitysignature', 'signature'],
  },
]

const CHAINS: ReadonlyMap<string, EndorsementName> = new Map([
  ['tcbinfoissuerchain', 'tcb-info-issuer-chain'],
  ['sgxtcbinfoissuerchain', 'tcb-info-issuer-chain'],
  ['tcbissuerchain', 'tcb-info-issuer-chain'],
  ['qeidentityissuerchain', 'qe-identity-issuer-chain'],
  ['qeidentifyissuerchain', 'qe-identity-issuer-chain'],
  ['enclaveidentityissuerchain', 'qe-identity-issuer-chain'],
  ['sgxenclaveidentityissuerchain', 'qe-identity-issuer-chain'],
  ['sgxqeidentityissuerchain', 'qe-identity-issuer-chain'],
  ['pckcrlissuerchain', 'pck-crl-issuer-chain'],
  ['sgxpckcrlissuerchain', 'pck-crl-issuer-chain'],
])

const LISTS: ReadonlyMap<string, EndorsementName> = new Map([
  ['pckcrl', 'pck-crl'],
  ['rootcacrl', 'root-ca-crl'],
  ['rootcrl', 'root-ca-crl'],
])

/** Which issuer chain a file or a member is, by a name in any spelling; null for another name. */
export function chainNamed(name: string): EndorsementName | null {
  return CHAINS.get(simpleName(name)) ?? null
}

/** Null for JSON in which there is none. `json_malformed`, `field_malformed`. */
export function readCollateralJson(file: Uint8Array): CollateralPieces | null {
  const pieces = { endorsements: [] as Uint8Array[], certificates: [] as Uint8Array[], crls: [] as Uint8Array[] }
  readJson(file)
  walk(decodeUtf8(file).trim(), pieces, 0)
  return Object.values(pieces).some(({ length }) => length > 0) ? pieces : null
}

/** A chain as it goes into endorsements. */
export function chainEndorsement(name: EndorsementName, chain: readonly Uint8Array[]): Uint8Array {
  return endorsement(name, encodeUtf8(chain.map((der) => writePem(der, 'CERTIFICATE')).join('')))
}

type Found = { readonly [Part in keyof CollateralPieces]: Uint8Array[] }

interface Member {
  readonly name: string
  /** As written, without the white space around it */
  readonly text: string
  readonly value: unknown
}

/** @param text known to be well-formed JSON in which every member stands once */
function walk(text: string, found: Found, depth: number): void {
  if (depth > MOST_DEPTH) throw malformed('nested deeper than any')
  if (text.startsWith('[')) for (const element of parts(text)) walk(element, found, depth + 1)
  else if (text.startsWith('"')) takeText(JSON.parse(text) as string, found, depth)
  if (!text.startsWith('{')) return
  const members = parts(text).map(member)
  const taken = new Set(DOCUMENTS.flatMap((kind) => takeDocument(kind, members, found)))
  for (const one of members) if (!taken.has(one)) takeMember(one, found, depth)
}

function member(part: string): Member {
  const [opening = '', name = '""'] = /^("(?:[^"\\]|\\.)*")\s*:\s*/.exec(part) ?? []
  const text = part.slice(opening.length)
  return { name: simpleName(JSON.parse(name) as string), text, value: JSON.parse(text) }
}

/** The document and its signature beside each other; the members that were that. */
function takeDocument(
  { name, member, document: documents, signature: signatures }: Kind,
  members: readonly Member[],
  found: Found,
): readonly Member[] {
  const document = members.find((one) => documents.includes(one.name))
  const signature = members.find((one) => signatures.includes(one.name) && typeof one.value === 'string')
  if (!document || !signature || typeof signature.value !== 'string') return []
  const inner = typeof document.value === 'string' ? unwrap(document.value) : document.text
  const value = typeof inner === 'string' && inner.startsWith('{') ? parsed(inner) : null
  if (typeof inner !== 'string' || value === null) throw malformed(`${member} that is no JSON object`)
  // Where the signature is inside as well, that is the document as served.
  if (Object.hasOwn(value, 'signature')) return []
  found.endorsements.push(endorsement(name, writeSignedDocument(member, inner, hexSignature(signature.value))))
  return [document, signature]
}

function takeMember({ name, text, value }: Member, found: Found, depth: number): void {
  const list: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  const [chain, crl] = [CHAINS.get(name), LISTS.get(name)]
  if (typeof list === 'string' && chain) found.endorsements.push(chainEndorsement(chain, certificatesOf(list)))
  else if (typeof list === 'string' && crl) found.endorsements.push(endorsement(crl, listOf(list)))
  else if (typeof value === 'string') takeText(value, found, depth)
  else walk(text, found, depth + 1)
}

/** Text under a name that says nothing. */
function takeText(text: string, found: Found, depth: number): void {
  const inner = unwrap(text)
  if (typeof inner === 'string') {
    if (inner.startsWith('{')) {
      // A log or a manifest in a string may be JSON of looser ways: nothing of ours.
      if (isRead(() => readJson(encodeUtf8(inner)))) walk(inner, found, depth + 1)
      return
    }
    const { certificates, crls } = readPemBlocks(inner)
    found.certificates.push(...certificates.filter(isCertificate))
    found.crls.push(...crls.filter(isCrl))
  } else if (inner && isCertificate(inner)) found.certificates.push(inner)
  else if (inner && isCrl(inner)) found.crls.push(inner)
}

function certificatesOf(text: string): readonly Uint8Array[] {
  const inner = unwrap(text)
  if (typeof inner !== 'string' || inner.startsWith('{')) throw malformed('an issuer chain that is no PEM')
  return readPemBlocks(inner).certificates
}

function listOf(text: string): Uint8Array {
  const inner = unwrap(text)
  const der = typeof inner === 'string' && !inner.startsWith('{') ? readPemBlocks(inner).crls[0] : inner
  if (!(der instanceof Uint8Array) || !isCrl(der)) throw malformed('a revocation list that is none')
  return der
}

function hexSignature(written: string): string {
  const digits = written.toLowerCase()
  try {
    if (decodeHex(digits).length === 64) return digits
  } catch {
    // Falls through to the one way in which this can be wrong.
  }
  throw malformed('a signature of another form')
}

/** The texts of an array's elements or an object's members; `text` is known to be well formed. */
function parts(text: string): readonly string[] {
  const inner = text.slice(1, -1)
  const found: string[] = []
  let [start, depth, inString] = [0, 0, false]
  for (let at = 0; at < inner.length; at++) {
    const letter = inner[at]
    if (inString) {
      if (letter === '\\') at++
      else if (letter === '"') inString = false
    } else if (letter === '"') inString = true
    else if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    else if (letter === ',' && depth === 0) {
      found.push(inner.slice(start, at).trim())
      start = at + 1
    }
  }
  const last = inner.slice(start).trim()
  return last === '' ? found : [...found, last]
}

/** A name without case and punctuation. */
function simpleName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase()
}

export const isCertificate = (der: Uint8Array): boolean => isRead(() => readCertificate(der))
const isCrl = (der: Uint8Array): boolean => isRead(() => readCrl(der))

/** Whoever believes it reads it strictly; here it only has to be JSON. */
function parsed(text: string): object | null {
  try {
    return JSON.parse(text) as object
  } catch {
    return null
  }
}

function isRead(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

function malformed(what: string): AttestationError {
  return new AttestationError('field_malformed', `collateral: ${what}`)
}
