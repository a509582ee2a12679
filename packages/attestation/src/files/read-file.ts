/** Files as vendors' services and tools leave them, told apart by what is in them. Only form is read; nothing is believed. */
import { readAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { parseBundle } from '../bundle/bundle.ts'
import { encodeUtf8 } from '../bytes/index.ts'
import { endorsement } from '../endorsements.ts'
import { AttestationError } from '../errors.ts'
import { attestationQuoteFromJson, type Evidence } from '../evidence.ts'
import type { HardwareFamily } from '../hardware-only.ts'
import { COLLATERAL_FILES } from '../intel/collateral-files.ts'
import { readJson } from '../json/read.ts'
import { readCertificate, readCrl } from '../x509/index.ts'
import { isAzureAgentJson, readAzureAgentJson, readAzureCertification } from './azure-json.ts'
import { readBuffer } from './buffer.ts'
import { readCertificateTable } from './certificate-table.ts'
import { chainEndorsement, chainNamed, readCollateralJson } from './collateral-json.ts'
import { evidenceKind } from './evidence-kind.ts'
import { percentDecoded, readPemBlocks, textOf, unwrap } from './unwrap.ts'

/** What one file holds. Evidence may bring endorsements of its own. */
export interface FileContent {
  readonly evidence: Evidence | null
  /** Labelled, as `verify` takes them */
  readonly endorsements: readonly Uint8Array[]
  /** Where a bundle says when it was gathered, seconds since 1970. */
  readonly collectedAt: number | null
  /** Certificates (DER) that no family has claimed yet: part of a chain, or the issuers of collateral. */
  readonly certificates: readonly Uint8Array[]
  /** Revocation lists (DER) */
  readonly crls: readonly Uint8Array[]
}

const NOTHING: FileContent = { evidence: null, endorsements: [], collectedAt: null, certificates: [], crls: [] }

const MOST = 4_194_304
const DER_SEQUENCE = 0x30

/**
 * Reads a file called `name` (without folders). The name decides only which issuer chain of Intel's a file of certificates is, for
 * they look all alike, and what a piece of Intel's collateral was meant to be that cannot be read.
 *
 * @param tee the family of evidence that nothing else gives away
 * @returns null for a file that is none of all this, where `tee` is not given
 * @throws {AttestationError} for a file that is one of them, and malformed
 */
export function readFile(name: string, bytes: Uint8Array, tee: HardwareFamily | null = null): FileContent | null {
  if (bytes.length > MOST) throw new AttestationError('field_malformed', 'a file larger than any evidence')
  const meant = COLLATERAL_FILES.get(name)
  if (!meant) return named(name, readContent(bytes, tee))
  try {
    const content = named(name, readContent(bytes, null))
    if (content && content.evidence === null) return content
  } catch {
    // The verdict says that this piece is malformed, and judges the rest.
  }
  return { ...NOTHING, endorsements: [endorsement(meant, bytes)] }
}

function readContent(bytes: Uint8Array, tee: HardwareFamily | null): FileContent | null {
  const text = textOf(bytes)
  if (text === null) return readBinary(bytes, tee)
  const headers = readHeaders(text)
  if (headers) return headers
  const inner = unwrap(text)
  if (typeof inner !== 'string') return inner ? readBinary(inner, tee) : unknown(tee, bytes)
  return inner.startsWith('{') ? readJsonFile(encodeUtf8(inner)) : readPemFile(inner)
}

function readBinary(bytes: Uint8Array, tee: HardwareFamily | null): FileContent | null {
  const kind = evidenceKind(bytes)
  if (kind) {
    const { quote, certificates } = readBuffer(kind, bytes)
    return { ...evidenceOf(kind, quote), certificates }
  }
  if (bytes[0] === DER_SEQUENCE) return readDerFile(bytes)
  const certificates = readCertificateTable(bytes) ?? []
  return certificates.length > 0 ? { ...NOTHING, certificates } : unknown(tee, bytes)
}

function unknown(tee: HardwareFamily | null, bytes: Uint8Array): FileContent | null {
  return tee ? evidenceOf(tee, bytes) : null
}

/** Certificates under the name of an issuer chain are that chain. */
function named(name: string, content: FileContent | null): FileContent | null {
  const chain = chainNamed(name.replace(/(?:\.[A-Za-z0-9]+)+$/, ''))
  if (!chain || !content || content.certificates.length === 0) return content
  return { ...content, certificates: [], endorsements: [chainEndorsement(chain, content.certificates)] }
}

/** Headers of an answer of Intel's service, as tools save them: the issuer chain is in one of them. */
function readHeaders(text: string): FileContent | null {
  const chains = [...text.matchAll(/^([\w-]*Issuer-Chain):[ \t]*(\S+)[ \t\r]*$/gim)].flatMap(
    ([, name = '', value = '']) => {
      const kind = chainNamed(name)
      return kind ? [chainEndorsement(kind, readPemBlocks(percentDecoded(value)).certificates)] : []
    },
  )
  return chains.length > 0 ? { ...NOTHING, endorsements: chains } : null
}

function evidenceOf(type: HardwareFamily, quote: Uint8Array): FileContent {
  return { ...NOTHING, evidence: { type, quote, binding: null } }
}

function readJsonFile(bytes: Uint8Array): FileContent | null {
  const json = readJson(bytes, MOST)
  const has = (...names: readonly string[]): boolean =>
    typeof json === 'object' && json !== null && names.every((name) => Object.hasOwn(json, name))
  if (has('mediaType', 'endorsements')) {
    const { evidence, endorsements, collectedAt } = parseBundle(bytes)
    return { ...NOTHING, evidence, endorsements, collectedAt }
  }
  if (has('evidence_type')) {
    const { evidence, endorsements } = attestationQuoteFromJson(json)
    return { ...NOTHING, evidence, endorsements }
  }
  if (isAzureAgentJson(has)) {
    const { quote, certificates } = readAzureAgentJson(json)
    return { ...evidenceOf('azure-vtpm', quote), certificates }
  }
  if (has('hcl_report', 'pcrs')) {
    readAzureVtpmEvidence(bytes)
    return evidenceOf('azure-vtpm', bytes)
  }
  if (has('vcekCert')) return { ...NOTHING, certificates: readAzureCertification(json) }
  const pieces = readCollateralJson(bytes)
  const within = evidenceWithin(json)
  if (!pieces && !within) return null
  const certificates = [...(within?.certificates ?? []), ...(pieces?.certificates ?? [])]
  return { ...NOTHING, ...within, ...pieces, certificates }
}

/** Deeper than services were seen to nest. */
const MOST_DEPTH = 4

/** The first binary evidence among an object's members, whatever services call them: a quote, a report, a document. */
function evidenceWithin(json: unknown, depth = 0): FileContent | null {
  if (typeof json === 'string') {
    const bytes = unwrap(json)
    return bytes instanceof Uint8Array && evidenceKind(bytes) ? readBinary(bytes, null) : null
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json) || depth > MOST_DEPTH) return null
  for (const value of Object.values(json)) {
    const content = evidenceWithin(value, depth + 1)
    if (content) return content
  }
  return null
}

function readPemFile(text: string): FileContent {
  const { certificates, crls } = readPemBlocks(text)
  return { ...certificatesOf(certificates), crls: crlsOf(crls).crls }
}

function readDerFile(bytes: Uint8Array): FileContent {
  try {
    return certificatesOf([bytes])
  } catch {
    return crlsOf([bytes])
  }
}

function certificatesOf(certificates: readonly Uint8Array[]): FileContent {
  for (const der of certificates) readCertificate(der)
  return { ...NOTHING, certificates }
}

function crlsOf(crls: readonly Uint8Array[]): FileContent {
  for (const der of crls) readCrl(der)
  return { ...NOTHING, crls }
}
