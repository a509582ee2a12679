/** JSON that tools on Azure write, which is not ours: read into our own form of the evidence. */
import { encodeAzureVtpmEvidence } from '../azure-vtpm/evidence-form.ts'
import { readTpmQuote } from '../azure-vtpm/tpm-quote.ts'
import { decodeBase64Url, decodeHex, encodeUtf8 } from '../bytes/index.ts'
import { bytesField, type FieldReader, readFields, textField } from '../fields.ts'
import { readCertificate, readPem } from '../x509/index.ts'

const PCRS = 24
const MOST_SIGNATURE = 512
const MOST_MESSAGE = 1024
const MOST_HCL_REPORT = 16_384
const MOST_TD_QUOTE = 32_768
const MOST_CERTIFICATE = 8192

export interface AzureFile {
  readonly quote: Uint8Array
  /** DER: what the file carries of the hardware's endorsements. */
  readonly certificates: readonly Uint8Array[]
}

interface AgentQuote {
  readonly signature: Uint8Array
  readonly message: Uint8Array
  readonly pcrs: readonly Uint8Array[]
}

/** Whether an object's members are those of an agent's evidence, whatever their form. */
export function isAzureAgentJson(has: (...names: readonly string[]) => boolean): boolean {
  return has('tpm_quote', 'hcl_report') || has('quote', 'report', 'vcek')
}

/**
 * Evidence of confidential VMs as attestation agents write it, in the forms they have had: with `version` 1 or 2 `tpm_quote` in
 * hexadecimal and the rest in base64url; without one every part an array of bytes. On SNP it carries `vcek` (DER, in the oldest
 * form PEM), on TDX `td_quote`. `field_missing`, `field_unknown`, `field_malformed`, `structure_malformed`.
 */
export function readAzureAgentJson(json: unknown): AzureFile {
  const has = (name: string): boolean => typeof json === 'object' && json !== null && Object.hasOwn(json, name)
  if (has('version')) return has('td_quote') ? readTdx(json, VERSIONED_TDX) : readSnp(json)
  return has('td_quote') ? readTdx(json, OLDEST_TDX) : readOldestSnp(json)
}

function readSnp(json: unknown): AzureFile {
  const { tpm_quote: tpm, hcl_report: hclReport, vcek } = readFields('Azure evidence', json, VERSIONED_SNP)
  return { quote: evidenceOf(hclReport, tpm, null), certificates: [vcek] }
}

function readOldestSnp(json: unknown): AzureFile {
  const { quote: tpm, report, vcek } = readFields('Azure evidence', json, OLDEST_SNP)
  return { quote: evidenceOf(report, tpm, null), certificates: readCertificates(vcek) }
}

function readTdx(json: unknown, fields: typeof VERSIONED_TDX | typeof OLDEST_TDX): AzureFile {
  const { tpm_quote: tpm, hcl_report: hclReport, td_quote: tdQuote } = readFields('Azure evidence', json, fields)
  return { quote: evidenceOf(hclReport, tpm, tdQuote), certificates: [] }
}

/** Only PCRs that were quoted are part of the evidence: nothing vouches for the others. */
function evidenceOf(
  hclReport: Uint8Array,
  { signature, message, pcrs }: AgentQuote,
  tdQuote: Uint8Array | null,
): Uint8Array {
  const { selected } = readTpmQuote(message)
  const quoted = selected.map((index) => pcrs[index] ?? new Uint8Array(0))
  return encodeAzureVtpmEvidence({ hclReport, message, signature, pcrs: quoted, tdQuote })
}

/**
 * What the instance metadata service answers under `/metadata/THIM/amd/certification`: PEM of the VCEK and of its chain. The
 * certificates, DER. `field_missing`, `field_unknown`, `field_malformed`, `pem_malformed`.
 */
export function readAzureCertification(json: unknown): readonly Uint8Array[] {
  const { vcekCert, certificateChain } = readFields('AMD certification of Azure', json, CERTIFICATION_FIELDS)
  return [vcekCert, certificateChain].flatMap(readCertificates)
}

function readCertificates(pem: string): readonly Uint8Array[] {
  const certificates = readPem(encodeUtf8(pem), 'CERTIFICATE')
  for (const der of certificates) readCertificate(der)
  return certificates
}

/** base64url, with padding or without. */
const paddedBase64Url = (most: number): FieldReader<Uint8Array> =>
  bytesField((text) => decodeBase64Url(text.replace(/={1,2}$/, '')), 1, most)

/** An array of numbers, as programs write bytes that were told of no better form. */
const byteArray =
  (minimum: number, most = minimum): FieldReader<Uint8Array> =>
  (value) => {
    if (!Array.isArray(value) || value.length < minimum || value.length > most)
      throw new TypeError('not an array of bytes')
    const isByte = (one: unknown): one is number =>
      typeof one === 'number' && Number.isInteger(one) && one >= 0 && one < 256
    if (!value.every(isByte)) throw new TypeError('not an array of bytes')
    return Uint8Array.from(value)
  }

/** Versions differ in what the claims of the paravisor hold, and not in form. */
const version: FieldReader<number> = (value) => {
  if (value !== 1 && value !== 2) throw new TypeError('another version')
  return value
}

const allPcrs =
  (read: FieldReader<Uint8Array>): FieldReader<readonly Uint8Array[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length !== PCRS) throw new TypeError('not 24 PCRs')
    return value.map(read)
  }

const HEX_QUOTE = {
  signature: bytesField(decodeHex, 1, MOST_SIGNATURE),
  message: bytesField(decodeHex, 1, MOST_MESSAGE),
  pcrs: allPcrs(bytesField(decodeHex, 32)),
} as const

const ARRAY_QUOTE = {
  signature: byteArray(1, MOST_SIGNATURE),
  message: byteArray(1, MOST_MESSAGE),
  pcrs: allPcrs(byteArray(32)),
} as const

const WHAT = 'TPM quote of Azure evidence'
const hexQuote = (value: unknown): AgentQuote => readFields(WHAT, value, HEX_QUOTE)
const arrayQuote = (value: unknown): AgentQuote => readFields(WHAT, value, ARRAY_QUOTE)

const VERSIONED_SNP = {
  version,
  tpm_quote: hexQuote,
  hcl_report: paddedBase64Url(MOST_HCL_REPORT),
  vcek: paddedBase64Url(MOST_CERTIFICATE),
} as const

const OLDEST_SNP = { quote: arrayQuote, report: byteArray(1, MOST_HCL_REPORT), vcek: textField } as const

const VERSIONED_TDX = {
  version,
  tpm_quote: hexQuote,
  hcl_report: paddedBase64Url(MOST_HCL_REPORT),
  td_quote: paddedBase64Url(MOST_TD_QUOTE),
} as const

const OLDEST_TDX = {
  tpm_quote: arrayQuote,
  hcl_report: byteArray(1, MOST_HCL_REPORT),
  td_quote: byteArray(1, MOST_TD_QUOTE),
} as const

const CERTIFICATION_FIELDS = {
  vcekCert: textField,
  tcbm: textField,
  certificateChain: textField,
  cacheControl: textField,
} as const
