/** Files as vendors' services and tools leave them, told apart by what is in them. Only form is read; nothing is believed. */
import { readAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { parseBundle } from '../bundle/bundle.ts'
import { type Bytes, decodeBase64, decodeHex, decodeUtf8, encodeUtf8 } from '../bytes/index.ts'
import { endorsement } from '../endorsements.ts'
import { AttestationError } from '../errors.ts'
import { attestationQuoteFromJson, type Evidence } from '../evidence.ts'
import type { HardwareFamily } from '../hardware-only.ts'
import { COLLATERAL_FILES, collateralFromJson } from '../intel/collateral-files.ts'
import { readJson } from '../json/read.ts'
import { readCertificate, readCrl, readPem } from '../x509/index.ts'
import { readAzureAgentJson, readAzureCertification } from './azure-json.ts'
import { evidenceKind } from './evidence-kind.ts'

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
const LINE_FEED = 0x0a

/**
 * Reads a file called `name` (without folders). The name decides only for pieces of Intel collateral under the names in
 * {@link COLLATERAL_FILES}, for issuer chains look all alike.
 *
 * @param tee the family of evidence that nothing else gives away
 * @returns null for a file that is none of all this, where `tee` is not given
 * @throws {AttestationError} for a file that is one of them, and malformed
 */
export function readFile(name: string, bytes: Uint8Array, tee: HardwareFamily | null = null): FileContent | null {
  if (bytes.length > MOST) throw new AttestationError('field_malformed', 'a file larger than any evidence')
  const collateral = COLLATERAL_FILES.get(name)
  if (collateral) return { ...NOTHING, endorsements: [endorsement(collateral, asServed(bytes))] }
  const text = textOf(bytes)
  if (text?.trimStart().startsWith('{')) return readJsonFile(bytes)
  if (text?.includes('-----BEGIN ')) return readPemFile(bytes, text)
  // A hexadecimal digit could be the beginning of DER.
  const decoded = text === null ? null : decodedText(text)
  if (decoded) return readFile(name, decoded, tee)
  const kind = evidenceKind(bytes)
  if (kind) return evidenceOf(kind, bytes)
  if (bytes[0] === DER_SEQUENCE) return readDerFile(bytes)
  return tee ? evidenceOf(tee, bytes) : null
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
  if (has('tpm_quote', 'hcl_report')) {
    const { quote, certificates } = readAzureAgentJson(json)
    return { ...evidenceOf('azure-vtpm', quote), certificates }
  }
  if (has('hcl_report', 'pcrs')) {
    readAzureVtpmEvidence(bytes)
    return evidenceOf('azure-vtpm', bytes)
  }
  if (has('vcekCert')) return { ...NOTHING, certificates: readAzureCertification(json) }
  if (has('tcb_info', 'qe_identity')) return { ...NOTHING, endorsements: collateralFromJson(bytes) }
  if (has('tcbInfo')) return { ...NOTHING, endorsements: [endorsement('tcb-info', bytes)] }
  if (has('enclaveIdentity')) return { ...NOTHING, endorsements: [endorsement('qe-identity', bytes)] }
  return null
}

function readPemFile(bytes: Uint8Array, text: string): FileContent {
  if (text.includes('-----BEGIN X509 CRL-----')) return crlsOf(readPem(bytes, 'X509 CRL'))
  return certificatesOf(readPem(bytes, 'CERTIFICATE'))
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

/** Intel serves issuer chains in a header, percent-encoded; a CRL's endpoint for people serves hexadecimal or PEM. */
function asServed(bytes: Uint8Array): Uint8Array {
  const text = textOf(bytes)
  if (text?.startsWith('-----BEGIN%20')) return encodeUtf8(percentDecoded(text.trim()))
  if (text?.startsWith('-----BEGIN X509 CRL-----')) return readPem(bytes, 'X509 CRL')[0] ?? bytes
  return text !== null && /^[0-9a-f]+\s*$/.test(text) ? decodeHex(text.trim()) : bytes
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

/** The text of a file that is all printable ASCII and line ends, or null. */
function textOf(bytes: Uint8Array): string | null {
  const isText = bytes.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === LINE_FEED || byte === 0x0d || byte === 9,
  )
  return isText || bytes[0] === 0x7b ? orNull(() => decodeUtf8(bytes)) : null
}

/** Binary evidence somebody wrote as hexadecimal or base64. */
function decodedText(text: string): Bytes | null {
  const digits = text.replaceAll(/\s/g, '')
  if (digits === '') return null
  return orNull(() => decodeHex(digits.toLowerCase())) ?? orNull(() => decodeBase64(digits))
}

function orNull<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}
